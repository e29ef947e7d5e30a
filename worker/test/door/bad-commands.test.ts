import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ErrorCode } from '@muster/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDoor } from '../../src/door/door.ts';
import { dial, newTeam, ORIGIN, Viewer } from '../front.ts';
import { agent } from '../poll/rig.ts';

const request = (over: object) => ['command:request', { agentId: 'one', command: 'ls', ...over }] as const;
const toOne = (type: string, commandId: string, over: object = {}) => [type, { commandId, ...over }] as const;

/** What is asked, and the one answer to it: the error's name and its field. */
const BAD: readonly (readonly [
  what: string,
  asked: readonly [type: string, payload: object],
  code: ErrorCode,
  field: string,
])[] = [
  ['an unknown agent', request({ agentId: 'nobody' }), 'AGENT_NOT_FOUND', 'agentId'],
  ['no agent', request({ agentId: undefined }), 'INVALID_MESSAGE', 'agentId'],
  ['no command', request({ command: undefined }), 'INVALID_MESSAGE', 'command'],
  ['an empty command', request({ command: '' }), 'INVALID_MESSAGE', 'command'],
  ['a blank command', request({ command: ' \t\n' }), 'INVALID_MESSAGE', 'command'],
  ['9 KiB', request({ command: 'x'.repeat(9 * 1024) }), 'INVALID_MESSAGE', 'command'],
  ['9 KiB in half as many characters', request({ command: 'é'.repeat(4_608) }), 'INVALID_MESSAGE', 'command'],
  ['NUL', request({ command: 'ls\u0000' }), 'INVALID_MESSAGE', 'command'],
  ['an escape sequence', request({ command: 'ls \u001b[2J' }), 'INVALID_MESSAGE', 'command'],
  ['a wrong priority', request({ priority: 'urgent' }), 'INVALID_MESSAGE', 'priority'],
  ['a negative timeout', request({ timeout: -1 }), 'INVALID_MESSAGE', 'timeout'],
  ['half a millisecond', request({ timeout: 0.5 }), 'INVALID_MESSAGE', 'timeout'],
  ['fewer retries than none', request({ retries: -1 }), 'INVALID_MESSAGE', 'retries'],
  ['an id of nobody’s', toOne('command:interrupt', 'cmd-456'), 'COMMAND_NOT_FOUND', 'commandId'],
  ['another agent’s id', toOne('command:cancel', 'two.1'), 'COMMAND_NOT_FOUND', 'commandId'],
  ['an id that never was', toOne('command:retry', 'one.0'), 'COMMAND_NOT_FOUND', 'commandId'],
  ['to move it', toOne('command:move', 'one.0', { position: 1 }), 'COMMAND_NOT_FOUND', 'commandId'],
  ['to edit it', toOne('command:edit', 'one.0', { command: 'ls' }), 'COMMAND_NOT_FOUND', 'commandId'],
  [
    'a place before the first',
    toOne('command:move', 'one.0', { position: 0 }),
    'INVALID_MESSAGE',
    'position',
  ],
  ['NUL in an edit', toOne('command:edit', 'one.0', { command: '\u0000' }), 'INVALID_MESSAGE', 'command'],
  ['NUL in an id', toOne('command:cancel', 'one.\u0000'), 'INVALID_MESSAGE', 'commandId'],
];

async function plain(team: string, token: string): Promise<Viewer> {
  const url = new URL(`/ws/dashboard?team=${team}&token=${token}`, ORIGIN);
  const knock = new Request(url, { headers: { upgrade: 'websocket' } });
  const { webSocket } = await openDoor(knock, env, createExecutionContext(), '004');
  if (webSocket === null) throw new Error('no socket');
  const peer = new Viewer(webSocket);
  await peer.next('agent:list');
  return peer;
}

describe('bad input about commands', () => {
  const peers = new Map<string, Viewer>();
  beforeAll(async () => {
    const team = newTeam();
    const { token } = await agent(team);
    const canonical = await dial('/ws/agents/one', { team, token });
    await canonical.next('agent:state');
    peers.set('a muster.v1 socket', canonical);
    peers.set('a plain socket', await plain(team, token));
  });

  const ways = ['a muster.v1 socket', 'a plain socket'];
  const table = ways.flatMap((way) => BAD.map((row) => [way, ...row] as const));
  it.each(table)('[L] [P1] on %s: %s', async (way, what, [type, payload], code, field) => {
    const peer = peers.get(way);
    if (peer === undefined) throw new Error('it is open');
    peer.raw(JSON.stringify({ version: '1.0.0', type, id: what, payload }));
    const error = { code, details: { field } };
    expect(await peer.next('error')).toMatchObject(error);
    expect(await peer.next('ack')).toMatchObject({ messageId: what, success: false, error });
  });

  it.each(ways)('[Q9] on %s nothing came of any of it', async (way) => {
    const peer = peers.get(way);
    peer?.raw(JSON.stringify({ version: '1.0.0', type: 'ping', id: 'last', payload: { timestamp: 1 } }));
    await peer?.next('pong');
    const types = new Set(peer?.inbox.map((message) => message.type));
    expect([types.has('command:status'), types.has('command:queue')]).toEqual([false, false]);
    expect(peer?.closed).toBeNull();
  });
});
