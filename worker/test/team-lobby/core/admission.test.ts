import { type MemberId, MemberIdSchema, type Role } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { admitViewer } from '../../../src/team-lobby/core/admission.ts';
import { LOBBY } from '../../../src/team-lobby/core/limits.ts';
import { broadcastTo } from '../../../src/team-lobby/core/visibility/index.ts';
import { NOW } from '../../auth/bodies.ts';
import { Rig } from './rig.ts';

const EVE = MemberIdSchema.parse('eve');
const id = (name: string): MemberId => MemberIdSchema.parse(name);
/** Sockets of as many members; `heard`: when each was last active. */
const seats = (count: number, heard = NOW, unauthenticated = 0) => {
  const members = new Map(Array.from({ length: count }, (_, n) => [`c${n}`, id(`m${n}`)]));
  return {
    members: () => members,
    unauthenticated: () => unauthenticated,
    activity: () => [...members.keys()].map((connection) => ({ connection, lastHeard: heard })),
  };
};
const viewer = { id: EVE, role: 'viewer' as const };

describe('[X19] admission to a lobby', () => {
  const forViewers = LOBBY.seats.all - LOBBY.seats.kept;

  it('a viewer is refused where only those kept for operators are left; an operator is not', () => {
    expect(admitViewer(viewer, seats(forViewers - 1), NOW)).toEqual({ dead: [], refusal: null });
    expect(admitViewer(viewer, seats(forViewers), NOW)).toMatchObject({ dead: [], refusal: { close: 1013 } });
    expect(admitViewer({ ...viewer, role: 'operator' }, seats(forViewers), NOW).refusal).toBeNull();
  });

  it('[H1] silent sockets free their seats, and only where the lobby is full', () => {
    const { dead, refusal } = admitViewer(viewer, seats(forViewers, NOW - 60_000), NOW);
    expect([dead.length, refusal]).toEqual([forViewers, null]);
    expect(admitViewer(viewer, seats(1, 0), NOW).dead).toEqual([]);
  });

  it('one without a token is judged when it brings it, and few wait', () => {
    expect(admitViewer(null, seats(LOBBY.seats.all, NOW, 499), NOW).refusal).toBeNull();
    expect(admitViewer(null, seats(0, NOW, 500), NOW).refusal).toMatchObject({ close: 1013 });
  });

  it('then it is told and closed where it finds none, and gets the lists where it does', () => {
    const join = (taken: readonly MemberId[], role: Role = 'viewer') =>
      new Rig().do({ type: 'viewer-joined', connection: 'v', admission: { id: EVE, role, taken } });
    const full = [...seats(forViewers).members().values()];
    expect(join(full)).toMatchObject([
      { type: 'send', message: { type: 'error' } },
      { type: 'close', code: 1013, reason: 'RESOURCE_EXHAUSTED' },
    ]);
    expect(join(full, 'admin')).toHaveLength(3);
    expect(join(full, 'admin')).toMatchObject([{ message: { type: 'agent:list' } }, {}, {}]);
  });

  it('[M11] a renewal keeps its seat and brings the lists again', () => {
    expect(new Rig().do({ type: 'member-renewed', connection: 'v' })).toMatchObject([
      { type: 'send', message: { type: 'agent:list' } },
      { type: 'send', message: { type: 'host:list' } },
      { type: 'send', message: { type: 'inbox:list' } },
    ]);
  });
});

it('[X5] a broadcast reaches nobody whose token has expired', () => {
  const message = { type: 'agent:list' as const, payload: { agents: [] } };
  const { lobby } = new Rig();
  const claims = { agents: [], expiresAt: NOW };
  expect(broadcastTo(lobby, claims, message, null, NOW - 1)).toBe(message);
  expect(broadcastTo(lobby, claims, message, null, NOW)).toBeNull();
});
