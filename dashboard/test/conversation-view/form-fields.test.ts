import { describe, expect, it } from 'vitest';
import { draftOf, fieldsOf, valuesOf } from '../../src/lib/conversation-view/form-fields.ts';

const form = (properties: object, required: readonly string[] = []) =>
  JSON.stringify({ type: 'object', properties, required });
const faults = (by: Readonly<Record<string, string>>) => new Map(Object.entries(by));
const fieldsIn = (schema: string) => fieldsOf(schema) ?? [];

describe('the form of a question', () => {
  it('[C7] offers each type of a JSON Schema as a field', () => {
    const schema = form({
      name: { type: 'string', title: 'Name' },
      size: { type: 'integer' },
      ratio: { type: 'number' },
      sure: { type: 'boolean' },
      region: { type: 'string', oneOf: [{ const: 'eu', title: 'Europe' }] },
      files: { type: 'array', items: { enum: ['a', 'b'] } },
      deep: { type: 'object', properties: {} },
    });
    expect(fieldsIn(schema).map(({ kind }) => kind)).toEqual([
      'text',
      'number',
      'number',
      'boolean',
      'choice',
      'choices',
      'unknown',
    ]);
    expect(fieldsOf('[]')).toBeNull();
    expect(fieldsOf('no json')).toBeNull();
  });

  it('begins with what the agent proposes', () => {
    const schema = form({
      name: { type: 'string', default: 'Ann' },
      size: { type: 'integer', default: 3 },
      sure: { type: 'boolean', default: true },
      files: { type: 'array', items: { enum: ['a', 'b'] }, default: ['b'] },
    });
    expect(draftOf(schema, fieldsIn(schema))).toEqual({ name: 'Ann', size: '3', sure: true, files: ['b'] });
  });

  it('sends numbers as numbers, and leaves out what was left empty', () => {
    const fields = fieldsIn(
      form({ size: { type: 'integer' }, name: { type: 'string' }, sure: { type: 'boolean' } }),
    );
    expect(valuesOf(fields, { size: '12', name: '', sure: false })).toEqual({
      ok: true,
      values: { size: 12, sure: false },
    });
  });

  it('says at each field what is allowed', () => {
    const fields = fieldsIn(
      form(
        {
          size: { type: 'integer', minimum: 2 },
          half: { type: 'integer' },
          name: { type: 'string', maxLength: 3 },
          mail: { type: 'string', format: 'email' },
          none: { type: 'string' },
          files: { type: 'array', items: { enum: ['a', 'b'] }, minItems: 2 },
          region: { type: 'string', enum: ['EU'] },
        },
        ['none'],
      ),
    );
    const draft = {
      size: '1',
      half: '1.5',
      name: 'four',
      mail: 'x',
      none: ' ',
      files: ['a'],
      region: 'MARS',
    };
    expect(valuesOf(fields, draft)).toEqual({
      ok: false,
      faults: faults({
        size: 'Write a number of at least 2.',
        half: 'Write a whole number.',
        name: 'Write at most 3 characters.',
        mail: 'Write an e-mail address, such as ann@example.com.',
        none: 'This is needed.',
        files: 'Choose at least 2.',
        region: 'Choose one of these.',
      }),
    });
  });

  it('a field of an unknown type that is needed cannot be answered here', () => {
    const fields = fieldsIn(form({ deep: { type: 'object' } }, ['deep']));
    expect(valuesOf(fields, {})).toEqual({
      ok: false,
      faults: faults({ deep: 'This field cannot be filled in here.' }),
    });
  });

  it('a field named as a property that every object has is a field like others', () => {
    const schema =
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}';
    const fields = fieldsIn(schema);
    expect(fields.some(({ name }) => name === 'constructor')).toBe(true);
    expect(valuesOf(fields, draftOf(schema, fields)).ok).toBe(true);
  });
});
