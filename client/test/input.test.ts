import type { Keyboard } from '@muster/protocol';
import { commandIdOf } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MusterClient } from '../src/types.ts';
import type { FakeServer } from './fake-server.ts';
import { agentId } from './stream/support.ts';
import { fed, hangUp, numberOf, ROOM, talk } from './talk.ts';

describe('what is typed at a client', () => {
  let server: FakeServer;
  let client: MusterClient;

  beforeEach(async () => {
    ({ server, client } = await talk());
  });
  afterEach(() => hangUp({ server, client }));

  it('[I2] input goes once, as numbered bytes, and is counted until it is confirmed', async () => {
    const feed = client.open('bash');
    expect(feed.input('too early')).toBe(false);
    await fed(feed, 'state');
    const counts: number[] = [];
    feed.on('unconfirmed', (count) => counts.push(count));
    expect(feed.input('lé\r')).toBe(true);
    expect(feed.input(Uint8Array.of(0xff, 0x00))).toBe(true);
    await server.until(() => server.typed.length === 2);
    await fed(feed, 'unconfirmed', (count) => count === 0);
    expect(counts[0]).toBe(1);
    const [keys, bytes] = server.typed;
    const own = { clientId: client.clientId, answer: false, commandId: undefined };
    expect(keys).toMatchObject({ ...own, data: Buffer.from('lé\r') });
    expect(bytes).toMatchObject({ ...own, data: Buffer.of(0xff, 0), inputSequence: numberOf(keys) + 1 });
    expect(server.of('agent:input')).toEqual([]);
  });

  it('[I2] [L] a paste goes in pieces of 64 KiB, none lost and none twice', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    feed.input('€'.repeat(50_000));
    await server.until(() => server.typed.length === 3);
    expect(server.typed.map(({ data }) => data.length)).toEqual([65_536, 65_536, 18_928]);
    expect(Buffer.concat(server.typed.map(({ data }) => data)).toString()).toBe('€'.repeat(50_000));
  });

  it('[G4] [I2] sends text to a server that takes no frames', async () => {
    server.takesFrames = false;
    const feed = client.open('bash');
    expect(feed.input('too early')).toBe(false);
    await fed(feed, 'state');
    const counts: number[] = [];
    feed.on('unconfirmed', (count) => counts.push(count));
    expect(feed.input('ls\r')).toBe(true);
    expect(feed.input(Uint8Array.of(0xff, 0x00))).toBe(true);
    await server.until(() => server.of('agent:input').length === 2);
    await fed(feed, 'unconfirmed', (count) => count === 0);
    expect(counts[0]).toBe(1);
    const [keys, bytes] = server.of('agent:input').map(({ message }) => message.payload);
    expect(keys).toMatchObject({ data: 'ls\r', encoding: 'utf8', clientId: client.clientId });
    const inputSequence = numberOf(keys) + 1;
    expect(bytes).toMatchObject({ data: '/wA=', encoding: 'base64', inputSequence });
  });

  it('[B9] [X6] sends keys while nobody else drives, and marks the terminal’s own replies', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const hands = { memberId: 'm', name: 'Ada', clientId: client.clientId } as Keyboard['asking'][number];
    const other = { ...hands, clientId: 'other' } as typeof hands;
    const drives = async (driver: typeof hands | null, revision: number) => {
      const payload = { agentId, driver, asking: [], revision, by: null, reason: 'granted' as const };
      const known = fed(feed, 'state', (state) => state.revision === revision);
      server.broadcast(ROOM, { type: 'driver:changed', payload });
      return known;
    };
    expect(await drives(other, 2)).toMatchObject({ keyboard: { driver: other }, agent: { driver: 'm' } });
    expect(feed.input('no')).toBe(false);
    const commandId = commandIdOf(agentId, 'asks');
    expect(feed.input('to a command', commandId)).toBe(true);
    feed.resize(90, 30);
    await drives(hands, 3);
    expect(feed.input('yes')).toBe(true);
    expect(feed.answer('\x1b[?1;2c')).toBe(true);
    await server.until(() => server.typed.length === 3);
    expect(server.of('agent:resize')).toEqual([]);
    const inputs = server.typed.map(({ data, ...head }) => ({ ...head, data: data.toString() }));
    expect(inputs[0]).toMatchObject({ data: 'to a command', commandId });
    expect(inputs[1]).toMatchObject({ data: 'yes', answer: false, commandId: undefined });
    expect(inputs[2]).toMatchObject({ data: '\x1b[?1;2c', answer: true });
    expect(await drives(null, 4)).not.toHaveProperty('agent.driver');
  });

  it('[B9] gets the viewers, and asks to drive on the same socket', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const heard = fed(feed, 'presence');
    server.broadcast(ROOM, { type: 'presence:update', payload: { agentId, watchers: [], total: 3 } });
    expect((await heard).total).toBe(3);
    await client.request('driver:request', { agentId: 'bash' });
    expect(server.of('driver:request', ROOM)).toHaveLength(1);
  });

  it('resizes to the latest size, on connect where there was none before', async () => {
    const feed = client.open('bash');
    feed.resize(100, 30);
    feed.resize(120.7, 0);
    await server.until(() => server.of('agent:resize').length > 0);
    expect(server.of('agent:resize').map(({ message }) => message.payload)).toEqual([
      { agentId, cols: 120, rows: 1 },
    ]);
  });
});
