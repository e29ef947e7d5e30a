import { AgentUidSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { RightsChange } from '../../../src/auth/claims.ts';
import { type PendingPush, RightsPublisher } from '../../../src/team-lobby/identity/rights-publisher.ts';
import { changesByRoom, EVERY_ROOM } from '../../../src/team-lobby/identity/visits.ts';

const room = (n: number) => AgentUidSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const change = (revision: number): RightsChange => ({
  who: { kind: 'session', sid: `s${revision}` },
  standing: null,
  revision,
});

const to = (changes: readonly RightsChange[], ...rooms: ReturnType<typeof room>[]) =>
  new Map(rooms.map((one) => [one, changes]));

class Rig {
  readonly stored: PendingPush[] = [];
  readonly told: { readonly room: string; readonly revisions: number[] }[] = [];
  readonly calls: { readonly room: string; readonly done: (ok: boolean) => void }[] = [];
  now = 0;
  #numbers = 0;
  pushes = this.wake();

  /** A lobby that finds what is stored. */
  wake(): RightsPublisher {
    const { stored } = this;
    return new RightsPublisher({
      store: {
        pending: () => [...stored],
        add: (of, added) => {
          this.#numbers += 1;
          stored.push({ number: this.#numbers, room: of, change: added });
          return this.#numbers;
        },
        drop: (numbers) => {
          const left = stored.filter(({ number }) => !numbers.includes(number));
          stored.splice(0, stored.length, ...left);
        },
      },
      send: (one, changes) => {
        this.told.push({ room: one, revisions: changes.map(({ revision }) => revision) });
        return new Promise((done) => this.calls.push({ room: one, done }));
      },
      onDeadlineChange: () => undefined,
      now: () => this.now,
    });
  }

  /** Answers the oldest call that waits. */
  async answer(ok: boolean): Promise<void> {
    this.calls.shift()?.done(ok);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('[X18] a change concerns', () => {
  const [one, two, three] = [room(1), room(2), room(3)];
  const visits = {
    of: (sid: string) => (sid === 'door' ? EVERY_ROOM : sid === 's1' ? [one] : sid === 's2' ? [two] : []),
  };
  const about = (changes: RightsChange[], sids: readonly string[] = []) =>
    [...changesByRoom(changes, [three, two, one], visits, () => sids)].map(([uid, own]) => [uid, own.length]);
  const member: RightsChange = { ...change(9), who: { kind: 'member', memberId: 'ada' as never } };

  it('the rooms that the sign-in has been in, and none where it has been in none', () => {
    expect(about([change(1)])).toEqual([[one, 1]]);
    expect(about([change(7)])).toEqual([]);
  });

  it('of a member: those of all their sign-ins, the first first; with a plain client every room', () => {
    expect(about([member], ['s1', 's2'])).toEqual([
      [two, 1],
      [one, 1],
    ]);
    expect(about([member, change(1)], ['s2'])).toEqual([
      [two, 1],
      [one, 1],
    ]);
    expect(about([member], ['s1', 'door'])).toEqual([
      [three, 1],
      [two, 1],
      [one, 1],
    ]);
  });
});

describe('[X5] a rights change', () => {
  it('is sent to every room that it concerns, in order, and forgotten when all have confirmed it', async () => {
    const rig = new Rig();
    rig.pushes.push(to([change(1)], room(2), room(1)), 0);
    expect(rig.told.map((told) => told.room)).toEqual([room(2), room(1)]);
    await rig.answer(true);
    expect(rig.stored).toHaveLength(1);
    await rig.answer(true);
    expect([rig.stored, rig.pushes.nextDeadline]).toEqual([[], null]);
  });

  it('is sent again after 1, 2, 4 … 30 s where a room cannot be reached', async () => {
    const rig = new Rig();
    rig.pushes.push(to([change(1)], room(1)), 0);
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await rig.answer(false);
      expect(rig.pushes.nextDeadline).toBe(rig.now + pause);
      rig.now += pause - 1;
      rig.pushes.sendDue(rig.now);
      expect(rig.calls).toHaveLength(0);
      rig.now += 1;
      rig.pushes.sendDue(rig.now);
      expect(rig.calls).toHaveLength(1);
    }
  });

  it('that comes while a call to a room is in flight is sent after it', async () => {
    const rig = new Rig();
    rig.pushes.push(to([change(1)], room(1)), 0);
    rig.pushes.push(to([change(2)], room(1)), 0);
    expect(rig.calls).toHaveLength(1);
    await rig.answer(true);
    expect(rig.told.map(({ revisions }) => revisions)).toEqual([[1], [2]]);
    await rig.answer(true);
    expect(rig.pushes.nextDeadline).toBeNull();
  });

  it('that a newer one about the same subject replaces is not sent any more', async () => {
    const rig = new Rig();
    rig.pushes.push(to([change(1)], room(1)), 0);
    await rig.answer(false);
    for (let revision = 2; revision < 100; revision += 1)
      rig.pushes.push(to([{ ...change(1), revision }], room(1)), 0);
    expect(rig.stored).toHaveLength(1);
    await rig.answer(true);
    await rig.answer(true);
    expect(rig.told.at(-1)?.revisions).toEqual([99]);
    expect(rig.stored).toEqual([]);
  });

  it('is sent after a reset', async () => {
    const rig = new Rig();
    rig.pushes.push(to([change(1)], room(1)), 0);
    rig.pushes = rig.wake();
    expect(rig.pushes.nextDeadline).toBe(1);
    rig.pushes.sendDue(1);
    expect(rig.told.at(-1)).toEqual({ room: room(1), revisions: [1] });
  });

  it('goes to 64 rooms at a time, and a call that hangs is no reason to ring on and on', async () => {
    const rig = new Rig();
    const rooms = Array.from({ length: 100 }, (_, n) => room(n));
    rig.pushes.push(to([change(1)], ...rooms), 0);
    expect([rig.calls.length, rig.pushes.nextDeadline]).toEqual([64, 5_000]);
    await rig.answer(true);
    expect(rig.told).toHaveLength(65);
    rig.now = 5_000;
    rig.pushes.sendDue(5_000);
    for (let left = 99; left > 0; left -= 1) await rig.answer(true);
    expect(rig.told).toHaveLength(100);
    const hung = new Rig();
    hung.pushes.push(to([change(1)], room(1)), 0);
    hung.pushes.sendDue(5_000);
    expect([hung.calls.length, hung.pushes.nextDeadline]).toEqual([1, 10_000]);
  });
});
