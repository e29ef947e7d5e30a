import type { ErrorCode } from '@muster/protocol';

/** What is asked about the agent `one`, which is there, and the one answer to it, whichever way it is asked. */
export interface BadCommand {
  readonly what: string;
  readonly type: string;
  readonly payload: unknown;
  readonly code: ErrorCode;
  /** The field that is named. */
  readonly field: string;
  /** The same on the route of its own. */
  readonly route: BadRoute;
}

interface BadRoute {
  /** Null: there is none. */
  readonly path: string | null;
  readonly body: unknown;
  /** Of its own where the path names what is wrong: that is then a thing that nobody has. */
  readonly code?: ErrorCode;
}

const agentPath = (agentId: string) => `/api/agents/${encodeURIComponent(agentId)}/commands`;
const commandPath = (type: string, commandId: string) =>
  `/api/commands/${encodeURIComponent(commandId)}/${type.replace('command:', '')}`;

/** A request for a command that would be taken, but for this. */
function request(what: string, over: object, field = Object.keys(over).join()): BadCommand {
  const body = { command: 'ls', ...over };
  const route = { path: agentPath('one'), body };
  const payload = { agentId: 'one', ...body };
  return { what, type: 'command:request', payload, code: 'INVALID_MESSAGE', field, route };
}

/** One of an agent that there is not. */
function nobody(what: string, agentId: string, code: ErrorCode): BadCommand {
  const path = agentPath(agentId);
  return {
    ...request(what, { agentId }),
    code,
    route: { path, body: { command: 'ls' }, code: 'AGENT_NOT_FOUND' },
  };
}

/** An order about a command. */
function order(what: string, type: string, commandId: string, over: object, field: string): BadCommand {
  const route = { path: commandPath(type, commandId), body: over };
  return { what, type, payload: { commandId, ...over }, code: 'INVALID_MESSAGE', field, route };
}

/** One about a command that there is not. */
const foreign = (what: string, type: string, commandId: string, over: object = {}): BadCommand => ({
  ...order(what, type, commandId, over, 'commandId'),
  code: 'COMMAND_NOT_FOUND',
});

/** A payload that is no object. */
const shapeless = (what: string, type: string, payload: unknown, path: string): BadCommand => ({
  ...{ what, type, payload, code: 'INVALID_MESSAGE', field: '' },
  route: { path, body: payload },
});

export const BAD_COMMANDS: readonly BadCommand[] = [
  nobody('an unknown agent', 'nobody', 'AGENT_NOT_FOUND'),
  nobody('what is no agent’s name', 'ONE', 'INVALID_MESSAGE'),
  nobody('NUL in an agent’s name', 'o\u0000e', 'INVALID_MESSAGE'),
  { ...request('no agent', { agentId: undefined }), route: { path: null, body: {} } },
  request('no command', { command: undefined }),
  request('a number for a command', { command: 7 }),
  request('an empty command', { command: '' }),
  request('a blank command', { command: ' \t\n' }),
  request('9 KiB', { command: 'x'.repeat(9 * 1024) }),
  request('9 KiB in half as many characters', { command: 'é'.repeat(4_608) }),
  request('NUL', { command: 'ls\u0000' }),
  request('an escape sequence', { command: 'ls \u001b[2J' }),
  request('a wrong priority', { priority: 'urgent' }),
  request('a negative timeout', { timeout: -1 }),
  request('no time at all', { timeout: 0 }),
  request('half a millisecond', { timeout: 0.5 }),
  request('a timeout in words', { timeout: '1s' }),
  request('fewer retries than none', { retries: -1 }),
  request('more retries than there are', { retries: 11 }),
  request('a word for whether to hold', { hold: 'yes' }),
  request('NUL in a variable', { environment: { A: '\u0000' } }, 'environment.A'),
  shapeless('a list for a request', 'command:request', ['ls'], agentPath('one')),
  shapeless('a list for an order', 'command:cancel', [], commandPath('command:cancel', 'one.0')),
  shapeless('text for an order', 'command:retry', 'one.0', commandPath('command:retry', 'one.0')),
  foreign('an id of nobody’s', 'command:interrupt', 'cmd-456'),
  foreign('another agent’s id', 'command:cancel', 'two.1'),
  foreign('an id that never was', 'command:retry', 'one.0'),
  foreign('to move it', 'command:move', 'one.0', { position: 1 }),
  foreign('to edit it', 'command:edit', 'one.0', { command: 'ls' }),
  order('a place before the first', 'command:move', 'one.0', { position: 0 }, 'position'),
  order('no place', 'command:move', 'one.0', {}, 'position'),
  order('an empty edit', 'command:edit', 'one.0', { command: '' }, 'command'),
  order('NUL in an edit', 'command:edit', 'one.0', { command: '\u0000' }, 'command'),
  order('a word for whether by force', 'command:interrupt', 'one.0', { force: 'yes' }, 'force'),
  order('NUL in an id', 'command:cancel', 'one.\u0000', {}, 'commandId'),
  order('a blank in an id', 'command:retry', 'one. 0', {}, 'commandId'),
  order('an id that is too long', 'command:cancel', `one.${'x'.repeat(128)}`, {}, 'commandId'),
];
