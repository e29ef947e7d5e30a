import { wireError } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { type Draft, emptyDraft, fieldOf, serverErrors, toCreate } from '../../src/lib/agents/draft.ts';

const draft = (part: Partial<Draft>): Draft => ({ ...emptyDraft(), name: 'shell', line: 'bash', ...part });
const errors = (part: Partial<Draft>) => {
  const result = toCreate(draft(part));
  return result.ok ? {} : result.error;
};

describe('a new agent', () => {
  test('becomes the message, and says nothing it was not asked', () => {
    const result = toCreate(draft({ line: `sh -c 'sleep 1'` }));
    expect(result).toEqual({
      ok: true,
      value: {
        name: 'shell',
        kind: 'terminal',
        program: { command: 'sh', args: ['-c', 'sleep 1'] },
        terminal: { cols: 120, rows: 32 },
        restart: 'on-failure',
        autostart: true,
      },
    });
  });

  test('without a terminal is a process on pipes', () => {
    const result = toCreate(draft({ terminal: false, cols: null }));
    expect(result.ok && [result.value.kind, result.value.terminal]).toEqual(['process', false]);
  });

  test.each([
    ['../x', 'name'],
    ['__proto__', 'name'],
    ['x'.repeat(101), 'name'],
    ['', 'name'],
  ])('called %j is refused at its name', (name, field) => {
    expect(Object.keys(errors({ name }))).toEqual([field]);
  });

  test.each([
    [{ line: '' }, 'program'],
    [{ line: `sh 'x` }, 'program'],
    [{ line: 'a\u0000b' }, 'program'],
    [{ hostId: 'nope' }, 'hostId'],
    [{ workspace: '/tmp/\u0007' }, 'workspace'],
    [{ cols: 0 }, 'terminal'],
    [{ rows: null }, 'terminal'],
    [{ environment: [{ key: '__proto__', value: 'x' }] }, 'environment'],
    [{ environment: [{ key: '', value: 'x' }] }, 'environment'],
    [
      {
        environment: [
          { key: 'A', value: '1' },
          { key: 'A', value: '2' },
        ],
      },
      'environment',
    ],
  ])('with %j is refused at %s and nowhere else', (part, field) => {
    expect(Object.keys(errors(part))).toEqual([field]);
  });

  test('[X7] masks secrets unless it is told not to', () => {
    const asked = toCreate(draft({}));
    expect(asked.ok && asked.value).not.toHaveProperty('redaction', false);
    const told = toCreate(draft({ redaction: false }));
    expect(told.ok && told.value.redaction).toBe(false);
  });

  test('takes its environment, rows left empty aside', () => {
    const environment = [
      { key: ' A ', value: '1' },
      { key: '', value: '' },
    ];
    const result = toCreate(draft({ environment }));
    expect(result.ok && result.value.environment).toEqual({ A: '1' });
  });
});

describe("the server's word", () => {
  test.each([
    ['program.command', 'program'],
    ['payload.program.args.0', 'program'],
    ['workspace', 'workspace'],
    ['agentId', 'name'],
    ['hostId', 'hostId'],
    ['environment.PATH', 'environment'],
    ['resourceLimits.cpu', 'form'],
  ])('%s goes to %s', (path, field) => {
    expect(fieldOf(path)).toBe(field);
  });

  test('stands at the field it names, without the path', () => {
    const error = wireError('AGENT_SPAWN_FAILED', 'program.command: no such program', {
      field: 'program.command',
    });
    expect(serverErrors(error)).toEqual({ program: 'No such program.' });
  });

  test('goes where its code belongs when it names no field', () => {
    expect(serverErrors(wireError('AGENT_EXISTS', 'an agent shell is there'))).toEqual({
      name: 'An agent shell is there.',
    });
    expect(serverErrors(wireError('RATE_LIMIT', 'slower'))).toEqual({ form: 'Slower.' });
  });
});
