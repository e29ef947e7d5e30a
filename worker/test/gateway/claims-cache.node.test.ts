import { err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/env.ts';
import { ClaimsCache } from '../../src/gateway/claims-cache.ts';
import type { AccessRights } from '../../src/rpc.ts';
import { claimsOf } from './rig.ts';

const WHILE = 5_000;

/** A lobby that gives this answer, and how often it was asked. */
function lobby(answer: () => Result<AccessRights, WireError>) {
  let asked = 0;
  const people = async () => {
    asked += 1;
    return answer();
  };
  const env = { LOBBIES: { idFromName: () => 'id', get: () => ({ people }) } } as unknown as Env;
  return { known: new ClaimsCache(env), asked: () => asked };
}

const lowered = (): Result<AccessRights, WireError> => {
  const { member: id, name, sid } = claimsOf();
  return ok({ member: { id, name, role: 'viewer' }, agents: [], sid, expiresAt: 9e12, revision: 7 });
};

describe('[X5] the claims of a gateway’s client', () => {
  it('are those of the token for 5 s, and then those of the lobby: a room made since knows of no change', async () => {
    const { known, asked } = lobby(lowered);
    const given = claimsOf();
    expect(await known.current(given, 0)).toBe(given);
    expect(await known.current(given, WHILE - 1)).toBe(given);
    expect(asked()).toBe(0);
    expect(await known.current(given, WHILE)).toEqual({ ...given, role: 'viewer', revision: 7 });
    expect(await known.current(given, 2 * WHILE - 1)).toMatchObject({ role: 'viewer' });
    expect(asked()).toBe(1);
    // A renewal was checked just now.
    const renewed = claimsOf({ role: 'operator' });
    expect(await known.current(renewed, 2 * WHILE)).toBe(renewed);
  });

  it('is asked for once by all links that are dialled together, and again where that came to nothing', async () => {
    const answers = [err(wireError('SERVICE_UNAVAILABLE', 'away')), lowered()];
    const { known, asked } = lobby(() => answers.shift() ?? lowered());
    const given = claimsOf();
    await known.current(given, 0);
    const dials = () => Promise.allSettled([known.current(given, WHILE), known.current(given, WHILE + 1)]);
    expect((await dials()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked()).toBe(1);
    expect((await dials()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(asked()).toBe(2);
  });

  it('are none once the sign-in has ended', async () => {
    const { known } = lobby(() => err(wireError('AUTH_FAILED', 'This sign-in has ended')));
    const given = claimsOf();
    await known.current(given, 0);
    await expect(known.current(given, WHILE)).rejects.toThrow('has ended');
  });
});
