import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  AgentIdSchema,
  agentOfCommand,
  CommandIdSchema,
  CommandsSchema,
  commandIdOf,
  decodeViewer,
  LIMITS,
} from '../src/index.ts';

const ask = (over: object, type = 'command:request') =>
  decodeViewer(JSON.stringify({ type, id: 'i', payload: { agentId: 'a', command: 'x', ...over } }));
const field = (over: object, type?: string) => {
  const decoded = ask(over, type);
  return decoded.ok ? 'taken' : `${decoded.error.error.code} ${decoded.error.error.details?.['field']}`;
};

describe.each(['command:request', 'agent:command'])('%s', (type) => {
  it.each([
    [
      'command',
      '',
      '  \n',
      'x'.repeat(LIMITS.commandBytes + 1),
      'é'.repeat(5_000),
      'a\0b',
      'a\u001b[m',
      'a\r',
      7,
    ],
    ['priority', 'urgent', '', 1, null],
    ['timeout', -1, 0, 1.5, LIMITS.commandTimeout + 1, '5', null],
    ['retries', -1, 11, 0.5],
    ['interactive', 'yes'],
    ['hold', 1],
    ['agentId', '', 'A', '../x', undefined],
    ['environment', { A: 'x'.repeat(LIMITS.commandEnvironmentChars) }],
  ])('[L] refuses bad values of %s and names it', (name, ...values) => {
    for (const value of values)
      expect([value, field({ [name]: value }, type)]).toEqual([value, `INVALID_MESSAGE ${name}`]);
  });

  it('[P1] takes tabs, newlines and 8 KiB', () => {
    expect(field({ command: 'if true\nthen\n\techo é\nfi' }, type)).toBe('taken');
    expect(field({ command: 'x'.repeat(LIMITS.commandBytes) }, type)).toBe('taken');
  });
});

describe('messages about one command', () => {
  it.each(['command:interrupt', 'command:cancel', 'command:move', 'command:edit', 'command:retry'])(
    '[L] %s refuses an id that is none',
    (type) => {
      for (const commandId of ['', 'a b', 'é', 'x'.repeat(129), undefined])
        expect([commandId, field({ commandId, position: 1 }, type)]).toEqual([
          commandId,
          'INVALID_MESSAGE commandId',
        ]);
      expect(field({ commandId: 'cmd-456', position: 1 }, type)).toBe('taken');
    },
  );

  it('refuses a place that is none, and a line that could not be asked for', () => {
    for (const position of [0, -1, 1.5, 117])
      expect(field({ commandId: 'a.1', position }, 'command:move')).toBe('INVALID_MESSAGE position');
    expect(field({ commandId: 'a.1', command: '' }, 'command:edit')).toBe('INVALID_MESSAGE command');
  });
});

describe('the id of a command', () => {
  it('names its agent, however long that is called, and is one that heads a batch', () => {
    const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/);
    fc.assert(
      fc.property(name, fc.stringMatching(/^[0-9a-f]{16}$/), (agentId, random) => {
        const id = commandIdOf(AgentIdSchema.parse(agentId), random);
        expect(CommandIdSchema.safeParse(id).success).toBe(true);
        expect(agentOfCommand(id)).toBe(agentId);
      }),
    );
  });

  it('belongs to no agent where no room made it', () => {
    for (const id of ['cmd-456', '', '.1', 'A.1', '../x.1'])
      expect([id, agentOfCommand(id)]).toEqual([id, null]);
  });
});

it('[S13] the largest queue there can be fits into a message', () => {
  const line = {
    commandId: `${'a'.repeat(100)}.${'0'.repeat(16)}`,
    command: '"'.repeat(LIMITS.commandShownChars),
    chars: 8192,
  };
  const who = {
    requestedBy: 'm'.repeat(128),
    name: 'n'.repeat(100),
    requestedAt: 1e15,
    priority: 'normal',
    interactive: false,
  };
  const command = { ...line, ...who, attempt: 10, retryOf: line.commandId };
  const times = (count: number, more: object) =>
    Array.from({ length: count }, () => ({ ...command, ...more }));
  const error = {
    code: 'COMMAND_TIMEOUT',
    number: 1,
    message: 'm'.repeat(LIMITS.textChars),
    recoverable: true,
  };
  const commands = {
    queue: times(116, { position: 1, hold: true, notBefore: 1e15 }),
    running: times(LIMITS.runningCommands, { startedAt: 1e15, stopping: true, timeout: 1 }),
    ended: times(LIMITS.endedCommandsListed, {
      status: 'failed',
      endedAt: 1e15,
      error,
      retriedBy: line.commandId,
    }),
  };
  expect(CommandsSchema.safeParse(commands).success).toBe(true);
  expect(JSON.stringify(commands).length).toBeLessThan(LIMITS.messageBytes);
});
