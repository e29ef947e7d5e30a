import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import fc from '../../test/harness/fast-check.ts';
import { decodePayload, describeIssue, VIEWER_SCHEMAS } from '../src/index.ts';

const problemOf = (schema: z.ZodType, value: unknown) => {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('it was let through');
  return describeIssue(parsed.error);
};

describe('[B17] what is wrong with a message', () => {
  it.each([
    [VIEWER_SCHEMAS['agent:create'], { name: '' }, 'The name must not be empty', 'name'],
    [VIEWER_SCHEMAS['agent:create'], {}, 'The name is missing', 'name'],
    [VIEWER_SCHEMAS['agent:create'], { name: 3 }, 'The name must be a string', 'name'],
    [
      VIEWER_SCHEMAS['agent:create'],
      { name: 'a', program: { command: 'a', args: [1] } },
      'The arguments must be a string',
      'program.args.0',
    ],
    [
      VIEWER_SCHEMAS['agent:create'],
      { name: 'a', restart: 'often' },
      'The restart must be one of never, on-failure, always',
      'restart',
    ],
    [
      z.object({ tokenLifetime: z.number().max(5) }),
      { tokenLifetime: 6 },
      'The token lifetime must be at most 5',
      'tokenLifetime',
    ],
    [
      z.object({ note: z.string().max(2) }),
      { note: 'abc' },
      'The note must have at most 2 characters',
      'note',
    ],
    [
      VIEWER_SCHEMAS['agent:create'],
      { name: 'a', environment: { PATH: 'a\0' } },
      'The variable PATH must not hold NUL',
      'environment.PATH',
    ],
    [z.array(z.string()), 'a', 'The message must be a list', ''],
  ])('is a sentence; its field is named apart from it', (schema, value, message, field) => {
    expect(problemOf(schema, value)).toEqual({ message, field });
  });

  it('never begins with the path of a field, whatever was sent', () => {
    const types = Object.keys(VIEWER_SCHEMAS);
    const payload = fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom(
          'agentId',
          'name',
          'program',
          'terminal',
          'commandId',
          'environment',
          'labels',
          'cols',
          'data',
        ),
        fc.anything(),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), payload, (type, value) => {
        const decoded = decodePayload({ type, payload: value }, VIEWER_SCHEMAS);
        if (decoded.ok) return;
        expect(decoded.error.error.message).toMatch(/^The [^:]+$/);
        expect(typeof decoded.error.error.details?.['field']).toBe('string');
      }),
    );
  });
});
