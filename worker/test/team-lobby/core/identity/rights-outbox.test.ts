import { type AgentUid, AgentUidSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/team-lobby/core/identity/handle.ts';
import { queueRights, sendDueRights } from '../../../../src/team-lobby/core/identity/rights-outbox.ts';
import type { RightsChange } from '../../../../src/team-lobby/core/identity/types.ts';
import {
  changesByRoom,
  EVERY_ROOM,
  unionOf,
  type Visited,
} from '../../../../src/team-lobby/core/identity/visits.ts';
import { IdentityRig, memberId } from './rig.ts';

const room = (n: number) => AgentUidSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const change = (revision: number): RightsChange => ({
  who: { kind: 'session', sid: `s${revision}` },
  standing: null,
  revision,
});

class Rig {
  readonly people = new IdentityRig();

  constructor() {
    this.people.now = 0;
  }

  get deadline(): number | null {
    return nextDeadline(this.people.state);
  }

  get stored() {
    return this.people.store.pendingPushes();
  }

  /** Each call to a room: the room, and the revisions of what it was sent. */
  get sent() {
    return this.people.sent.map(({ room: to, pushes }) => ({
      room: to,
      revisions: pushes.map(({ change: { revision } }) => revision),
    }));
  }

  push(own: RightsChange, ...rooms: readonly AgentUid[]): void {
    this.people.run((work) => {
      queueRights(work, new Map(rooms.map((to) => [to, [own]])));
      sendDueRights(work);
    });
  }

  alarm(now: number): void {
    this.people.now = now;
    this.people.event({ type: 'alarm' });
  }
}

describe('[X18] a change concerns', () => {
  const [one, two, three] = [room(1), room(2), room(3)];
  const visitedBy = (sid: string): Visited =>
    sid === 'door' ? EVERY_ROOM : sid === 's1' ? [one] : sid === 's2' ? [two] : [];
  const about = (...routed: (readonly [RightsChange, ...(readonly string[])])[]) =>
    [
      ...changesByRoom(
        routed.map(([own, ...sids]) => ({ change: own, visited: unionOf(sids.map(visitedBy)) })),
        [three, two, one],
      ),
    ].map(([uid, own]) => [uid, own.length]);
  const member: RightsChange = { ...change(9), who: { kind: 'member', memberId: memberId('ada') } };

  it('the rooms that the sign-in has been in, and none where it has been in none', () => {
    expect(about([change(1), 's1'])).toEqual([[one, 1]]);
    expect(about([change(7), 's7'])).toEqual([]);
  });

  it('of a member: those of all their sign-ins, the first first; with a plain client every room', () => {
    expect(about([member, 's1', 's2'])).toEqual([
      [two, 1],
      [one, 1],
    ]);
    expect(about([member, 's2'], [change(1), 's1'])).toEqual([
      [two, 1],
      [one, 1],
    ]);
    expect(about([member, 's1', 'door'])).toEqual([
      [three, 1],
      [two, 1],
      [one, 1],
    ]);
  });
});

describe('[X5] a rights change', () => {
  it('is sent to every room that it concerns, in order, and forgotten when all have confirmed it', () => {
    const rig = new Rig();
    rig.push(change(1), room(2), room(1));
    expect(rig.sent.map((sent) => sent.room)).toEqual([room(2), room(1)]);
    rig.people.answerCall(true);
    expect(rig.stored).toHaveLength(1);
    rig.people.answerCall(true);
    expect([rig.stored, rig.deadline]).toEqual([[], null]);
  });

  it('is sent again after 1, 2, 4 … 30 s where a room cannot be reached', () => {
    const rig = new Rig();
    rig.push(change(1), room(1));
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      rig.people.answerCall(false);
      const { now } = rig.people;
      expect(rig.deadline).toBe(now + pause);
      rig.alarm(now + pause - 1);
      expect(rig.people.calls).toHaveLength(0);
      rig.alarm(now + pause);
      expect(rig.people.calls).toHaveLength(1);
    }
  });

  it('that comes while a call to a room is under way is sent after it', () => {
    const rig = new Rig();
    rig.push(change(1), room(1));
    rig.push(change(2), room(1));
    expect(rig.people.calls).toHaveLength(1);
    rig.people.answerCall(true);
    expect(rig.sent.map(({ revisions }) => revisions)).toEqual([[1], [2]]);
    rig.people.answerCall(true);
    expect(rig.deadline).toBeNull();
  });

  it('that a newer one about the same subject replaces is not sent any more', () => {
    const rig = new Rig();
    rig.push(change(1), room(1));
    rig.people.answerCall(false);
    for (let revision = 2; revision < 100; revision += 1) rig.push({ ...change(1), revision }, room(1));
    expect(rig.stored).toHaveLength(1);
    rig.people.answerCall(true);
    rig.people.answerCall(true);
    expect(rig.sent.at(-1)?.revisions).toEqual([99]);
    expect(rig.stored).toEqual([]);
  });

  it('is sent after a reset, and numbers go on', () => {
    const rig = new Rig();
    rig.push(change(1), room(1));
    rig.people.reset();
    expect(rig.deadline).toBe(1);
    rig.alarm(1);
    expect(rig.sent.at(-1)).toEqual({ room: room(1), revisions: [1] });
    rig.push(change(2), room(1));
    expect(rig.stored.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('goes to 64 rooms at a time, and a call that hangs is no reason to ring on and on', () => {
    const rig = new Rig();
    const rooms = Array.from({ length: 100 }, (_, n) => room(n));
    rig.push(change(1), ...rooms);
    expect([rig.people.calls.length, rig.deadline]).toEqual([64, 5_000]);
    rig.people.answerCall(true);
    expect(rig.sent).toHaveLength(65);
    rig.alarm(5_000);
    for (let left = 99; left > 0; left -= 1) rig.people.answerCall(true);
    expect(rig.sent).toHaveLength(100);
    const hung = new Rig();
    hung.push(change(1), room(1));
    hung.alarm(5_000);
    expect([hung.people.calls.length, hung.deadline]).toEqual([1, 10_000]);
  });
});
