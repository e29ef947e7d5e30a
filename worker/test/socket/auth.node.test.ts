import { ROLES, type Role, VIEWER_MESSAGES, type ViewerType } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { MemberClaims } from '../../src/auth/claims.ts';
import {
  authDeadline,
  authorizeViewerMessage,
  initialAuth,
  nextAuthStep,
  withToken,
} from '../../src/socket/auth.ts';
import { HOST_ID, MEMBER_BODY, NOW, TEAM } from '../auth/bodies.ts';

const HOUR = 3_600_000;
const claims: MemberClaims = {
  kind: 'member',
  member: MEMBER_BODY.sub,
  team: TEAM,
  role: 'admin',
  name: 'Ada',
  agents: [],
  sid: 's',
  revision: 0,
  expiresAt: NOW + HOUR,
};
const host = { kind: 'host' as const, hostId: HOST_ID, team: TEAM, keyRevision: 1 };

describe('authentication of a socket', () => {
  it('[M5] without a token it has 5 s', () => {
    const auth = initialAuth(null, TEAM, NOW);
    expect(authDeadline(auth)).toBe(NOW + 5_000);
    expect(nextAuthStep(auth, NOW + 4_999)).toEqual({ kind: 'none' });
    expect(nextAuthStep(auth, NOW + 5_000)).toMatchObject({
      kind: 'close',
      code: 4401,
      error: { code: 'AUTH_FAILED' },
    });
  });

  it('[M11] a member is told once 60 s before the end and closed 60 s after it', () => {
    const auth = initialAuth(claims, TEAM, NOW);
    expect(authDeadline(auth)).toBe(NOW + HOUR - 60_000);
    const step = nextAuthStep(auth, NOW + HOUR - 60_000);
    if (step.kind !== 'expiring') throw new Error(step.kind);
    expect(step.expiresAt).toBe(NOW + HOUR);
    expect(authDeadline(step.auth)).toBe(NOW + HOUR + 60_000);
    expect(nextAuthStep(step.auth, NOW + HOUR + 59_999)).toEqual({ kind: 'none' });
    expect(nextAuthStep(step.auth, NOW + HOUR + 60_000)).toMatchObject({
      kind: 'close',
      code: 4401,
      error: { code: 'TOKEN_EXPIRED' },
    });
  });

  it('[M11] an alarm that comes hours late closes at once', () => {
    expect(nextAuthStep(initialAuth(claims, TEAM, NOW), NOW + 5 * HOUR).kind).toBe('close');
  });

  it('[X4] a host keeps its socket however long ago its assertion was good', () => {
    const auth = initialAuth(host, TEAM, NOW);
    expect(authDeadline(auth)).toBe(Number.POSITIVE_INFINITY);
    expect(nextAuthStep(auth, NOW + 9_999 * HOUR)).toEqual({ kind: 'none' });
  });

  it('[M11] auth:refresh renews for the same subject only, in the same team only', () => {
    const auth = initialAuth(claims, TEAM, NOW);
    const later = { ...claims, expiresAt: NOW + 2 * HOUR, role: 'viewer' as const };
    expect(withToken(auth, later)).toEqual({
      ok: true,
      value: { state: 'member', claims: later, warned: false },
    });
    const foreign = [
      { ...later, member: HOST_ID as unknown as MemberClaims['member'] },
      { ...later, team: 'other' as MemberClaims['team'] },
    ];
    for (const other of foreign) {
      expect(withToken(auth, other)).toMatchObject({ ok: false, error: { code: 'AUTH_FAILED' } });
    }
    expect(withToken(initialAuth(null, TEAM, NOW), foreign[1] ?? later).ok).toBe(false);
    expect(withToken(initialAuth(host, TEAM, NOW), later).ok).toBe(false);
  });

  it('[X5] every message of every role is let in exactly by the table', () => {
    for (const type of Object.keys(VIEWER_MESSAGES) as ViewerType[]) {
      const least = VIEWER_MESSAGES[type].least;
      for (const role of ROLES) {
        const auth = initialAuth({ ...claims, role }, TEAM, NOW);
        const allowed = least === 'anyone' || ROLES.indexOf(role) >= ROLES.indexOf(least as Role);
        expect(authorizeViewerMessage(auth, type, NOW).ok, `${role} ${type}`).toBe(allowed);
      }
      const unknown = least === 'anyone' && type !== 'dashboard:connect';
      expect(authorizeViewerMessage(initialAuth(null, TEAM, NOW), type, NOW).ok, type).toBe(unknown);
      expect(authorizeViewerMessage(initialAuth(host, TEAM, NOW), type, NOW).ok).toBe(least === 'anyone');
    }
  });

  it('[M11] an expired connection may only renew itself', () => {
    const auth = initialAuth(claims, TEAM, NOW);
    expect(authorizeViewerMessage(auth, 'agent:get_state', NOW + HOUR)).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_EXPIRED' },
    });
    expect(authorizeViewerMessage(auth, 'auth:refresh', NOW + HOUR).ok).toBe(true);
  });
});
