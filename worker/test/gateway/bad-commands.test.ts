import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { errorRow } from '@muster/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { handlePlainSocket } from '../../src/gateway/gateway.ts';
import { dial, newTeam, ORIGIN, Viewer } from '../front.ts';
import { agent } from '../poll/rig.ts';
import { BAD_COMMANDS } from './bad-commands.ts';

async function plain(team: string, token: string): Promise<Viewer> {
  const url = new URL(`/ws/dashboard?team=${team}&token=${token}`, ORIGIN);
  const knock = new Request(url, { headers: { upgrade: 'websocket' } });
  const { webSocket } = await handlePlainSocket(knock, env, createExecutionContext(), '004');
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
  const table = ways.flatMap((way) => BAD_COMMANDS.map((asked) => ({ way, ...asked })));
  it.each(table)('[L] [P1] on $way: $what', async ({ way, what, type, payload, code, field }) => {
    const peer = peers.get(way);
    if (peer === undefined) throw new Error('it is open');
    peer.raw(JSON.stringify({ version: '1.0.0', type, id: what, payload }));
    const error = { code, number: errorRow(code).number, details: { field } };
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
