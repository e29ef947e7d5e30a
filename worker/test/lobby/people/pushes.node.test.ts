import { AgentUidSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { StandingChange } from '../../../src/auth/claims.ts';
import { StandingPushes } from '../../../src/lobby/people/pushes.ts';

const room = (n: number) => AgentUidSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const change = (revision: number): StandingChange => ({
  who: { kind: 'session', sid: `s${revision}` },
  standing: null,
  revision,
});

class Rig {
  readonly stored = { changes: [] as StandingChange[], behind: new Set<string>() };
  readonly told: { readonly room: string; readonly revisions: number[] }[] = [];
  readonly calls: { readonly room: string; readonly done: (ok: boolean) => void }[] = [];
  now = 0;
  pushes = this.wake();

  /** A lobby that finds what is stored. */
  wake(): StandingPushes {
    const { stored } = this;
    return new StandingPushes({
      store: {
        changes: () => [...stored.changes],
        addChanges: (changes) => void stored.changes.push(...changes),
        dropChanges: () => void stored.changes.splice(0),
        behind: () => [...stored.behind] as ReturnType<typeof room>[],
        addBehind: (rooms) => {
          for (const one of rooms) stored.behind.add(one);
        },
        dropBehind: (one) => void stored.behind.delete(one),
      },
      tell: (one, changes) => {
        this.told.push({ room: one, revisions: changes.map(({ revision }) => revision) });
        return new Promise((done) => this.calls.push({ room: one, done }));
      },
      stepped: () => undefined,
      now: () => this.now,
    });
  }

  /** Answers the oldest call that waits. */
  async answer(ok: boolean): Promise<void> {
    this.calls.shift()?.done(ok);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('[X5] a change to who may do what', () => {
  it('is told to every room, the first first, and forgotten when all know it', async () => {
    const rig = new Rig();
    rig.pushes.push([change(1)], [room(2), room(1)], 0);
    expect(rig.told.map((told) => told.room)).toEqual([room(2), room(1)]);
    await rig.answer(true);
    expect(rig.stored.changes).toHaveLength(1);
    await rig.answer(true);
    expect([rig.stored.changes, [...rig.stored.behind], rig.pushes.due]).toEqual([[], [], null]);
  });

  it('is told again after 1, 2, 4 … 30 s where a room cannot be reached', async () => {
    const rig = new Rig();
    rig.pushes.push([change(1)], [room(1)], 0);
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await rig.answer(false);
      expect(rig.pushes.due).toBe(rig.now + pause);
      rig.now += pause - 1;
      rig.pushes.run(rig.now);
      expect(rig.calls).toHaveLength(0);
      rig.now += 1;
      rig.pushes.run(rig.now);
      expect(rig.calls).toHaveLength(1);
    }
  });

  it('that comes while a room is told of another is told behind it', async () => {
    const rig = new Rig();
    rig.pushes.push([change(1)], [room(1)], 0);
    rig.pushes.push([change(2)], [room(1)], 0);
    expect(rig.calls).toHaveLength(1);
    await rig.answer(true);
    expect(rig.told.map(({ revisions }) => revisions)).toEqual([[1], [1, 2]]);
    await rig.answer(true);
    expect(rig.pushes.due).toBeNull();
  });

  it('is told after a reset', async () => {
    const rig = new Rig();
    rig.pushes.push([change(1)], [room(1)], 0);
    rig.pushes = rig.wake();
    expect(rig.pushes.due).toBe(1);
    rig.pushes.run(1);
    expect(rig.told.at(-1)).toEqual({ room: room(1), revisions: [1] });
  });

  it('goes to 64 rooms at a time, and a call that hangs is no reason to ring on and on', async () => {
    const rig = new Rig();
    const rooms = Array.from({ length: 100 }, (_, n) => room(n));
    rig.pushes.push([change(1)], rooms, 0);
    expect([rig.calls.length, rig.pushes.due]).toEqual([64, 5_000]);
    await rig.answer(true);
    expect(rig.told).toHaveLength(65);
    rig.now = 5_000;
    rig.pushes.run(5_000);
    for (let left = 99; left > 0; left -= 1) await rig.answer(true);
    expect(rig.told).toHaveLength(100);
    const hung = new Rig();
    hung.pushes.push([change(1)], [room(1)], 0);
    hung.pushes.run(5_000);
    expect([hung.calls.length, hung.pushes.due]).toEqual([1, 10_000]);
  });
});
