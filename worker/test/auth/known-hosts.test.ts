import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { call, dialAs, enrol, memberBody, memberToken, newTeam, ORIGIN } from '../front.ts';
import { assertionOf, newHostId } from './host.ts';
import { type Attempt, BAD, MOST, newAddress, requestOf, routeOf, spied, UPGRADE } from './strangers-rig.ts';

beforeEach(() => {
  // A period of the limit is a minute, and a busy machine is slow.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('[X14] a known host is not an unknown caller', () => {
  const dial = (token: string, address: string, ticket?: string): Attempt => ({
    path: '/ws/runner',
    headers: {
      ...UPGRADE,
      'cf-connecting-ip': address,
      authorization: `Bearer ${token}`,
      ...(ticket === undefined ? {} : { 'muster-ticket': ticket }),
    },
  });

  it('a hundred keepers of one host that dial at once are all let in, with a ticket and without (0.1.0)', async () => {
    const { send } = spied();
    const team = newTeam();
    const hostId = newHostId();
    expect(await enrol(team, hostId)).toBeNull();
    const address = newAddress();
    const all = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const token = await assertionOf(hostId, `${ORIGIN}/ws/runner`);
        const response = await send(requestOf(dial(token, address), team, address));
        response.webSocket?.accept();
        return response.headers.get('muster-ticket');
      }),
    );
    expect(all.every((ticket) => ticket !== null)).toBe(true);
  });

  it('and is admitted with its ticket from an address over its limit, where an unknown caller is not', async () => {
    const team = newTeam();
    const hostId = newHostId();
    const address = newAddress();
    expect(await enrol(team, hostId)).toBeNull();
    const first = await dialAs(hostId, '/ws/runner', team);
    first.accept();
    const { send, asked } = spied();
    const answer = async (ticket?: string, by = hostId) => {
      const token = await assertionOf(hostId, `${ORIGIN}/ws/runner`, Date.now(), { signer: by });
      const response = await send(requestOf(dial(token, address, ticket), team, address));
      response.webSocket?.accept();
      return response.headers.get('muster-ticket');
    };
    const ticket = await answer();
    if (ticket === null) throw new Error('no ticket');
    const spend = () =>
      send(requestOf(routeOf('GET /api/agents', null, { authorization: `Bearer ${BAD}` }), team, address));
    for (let spent = 0; spent <= MOST; spent += 1) await spend();
    // A ticket that is fresh is not given again.
    asked.length = 0;
    expect(await answer(ticket)).toBeNull();
    expect(asked).toContain('LOBBIES');
    asked.length = 0;
    // It is nothing without the key, and nobody else's.
    await answer(ticket, newHostId());
    const other = newHostId();
    const stranger = await assertionOf(other, `${ORIGIN}/ws/runner`);
    await send(requestOf(dial(stranger, address, ticket), team, address));
    expect(asked).toEqual([]);
  });
});

it('[X14] a lobby that a wrong call woke stores nothing', async () => {
  const team = newTeam();
  const lobby = lobbyOf(env, team);
  expect(await lobby.hostKey(newHostId())).toBeNull();
  expect(
    await lobby.people('passkey', { id: 'x', right: { code: 'c', expiresAt: Date.now() + 1e6 } }),
  ).toBeNull();
  const ask = { kind: 'session', memberId: memberBody(team).sub, sid: 's' } as const;
  expect((await lobby.people('standing', ask)).ok).toBe(false);
  const code = { id: 'c', expiresAt: Date.now() + 1e6, maker: memberBody(team).sub, host: newHostId() };
  expect(await lobby.enrol({ hostId: newHostId(), name: 'x', publicKey: 'y' }, code)).not.toBeNull();
  expect((await lobby.usage()).rowsWritten).toBe(0);
  const { tables } = await tablesOf(team);
  expect(tables).toEqual([]);
  // The first real act makes them.
  await memberToken(team);
  expect((await call('GET', '/api/agents', { team, token: await memberToken(team) })).status).toBe(200);
});

async function tablesOf(team: TeamId) {
  return runInDurableObject(env.LOBBIES.get(env.LOBBIES.idFromName(team)), (_, { storage }) => ({
    tables: storage.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray()
      .map(({ name }) => name),
  }));
}
