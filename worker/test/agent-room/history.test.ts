import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { roomOf } from '../../src/env.ts';
import { historyIn } from '../../src/history/write.ts';
import type { RoomRpc } from '../../src/rpc.ts';
import { life, rows } from './history-rig.ts';

const WHOLE = ['1 queued', '2 running', '3 completed'];

describe('[A1] a room brings its steps to history', () => {
  it('from its alarm, once, in their order, and no sooner than they were together', async () => {
    const one = await life();
    await one.ran('ls');
    expect(await one.steps()).toEqual([]);
    await one.ring(2_000);
    expect(await one.steps()).toEqual(WHOLE);
    expect(await one.statuses()).toEqual(['ls completed']);
    await one.ring(4_000);
    await one.ran('pwd');
    await one.ring(6_000);
    expect(await one.steps()).toEqual([...WHOLE, '4 queued', '5 running', '6 completed']);
    expect(await one.statuses()).toEqual(['ls completed', 'pwd completed']);
  });

  it('[A2] with what each printed, so that it is found by it, before a burial too', async () => {
    const one = await life();
    const first = await one.ask('make');
    await one.started(first);
    one.printed(first, '\u001b[31mlinker\u001b[0m fai');
    one.printed('one.other', 'nobody asked');
    one.printed(first, 'led');
    await one.ended(first, 2, 5);
    await evictDurableObject(one.room);
    await one.ring(2_000);
    expect(await one.found('linker%20failed')).toEqual([first]);
    expect(await one.found('nobody')).toEqual([]);
    const second = await one.ask('make test');
    await one.started(second);
    one.printed(second, 'flaky');
    await one.ended(second, 1, 5);
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.found('flaky')).toEqual([second]);
  });

  it('later, when D1 could not: what came meanwhile with the rest, in order', async () => {
    const one = await life();
    const comesBack = await one.fails();
    const commandId = await one.ask('ls');
    await one.ring(2_000);
    expect(await one.due()).toBeLessThanOrEqual(Date.now() + 5_000);
    await one.started(commandId);
    await one.ring(4_000);
    await one.ended(commandId);
    expect(await one.steps()).toEqual([]);
    await comesBack();
    await one.ring(60_000);
    expect(await one.steps()).toEqual(WHOLE);
    expect(await one.statuses()).toEqual(['ls completed']);
  });

  it('but for the one that D1 will never take, which is on record; then it sleeps', async () => {
    const one = await life();
    const bad = await one.ran('bad');
    await one.poisons(bad, 'running');
    await one.ran('ls');
    await one.ring(2_000);
    expect(await one.steps()).toEqual(['1 queued', '3 completed', '4 queued', '5 running', '6 completed']);
    expect(await one.statuses()).toEqual(['bad completed', 'ls completed']);
    const details = 'step 2, running: SQLITE_CONSTRAINT';
    await vi.waitFor(async () => {
      const on = { target: bad, result: 'INTERNAL_ERROR', details };
      expect(await one.refused()).toEqual([on]);
    });
    await one.ring(60_000);
    await one.ring(120_000);
    // Nothing but the requests that are to be forgotten (I1).
    expect(await one.due()).toBeGreaterThan(Date.now() + 300_000);
    expect((await one.refused()).length).toBe(1);
  });

  it('[N1] but for that one it is deleted too', async () => {
    const one = await life();
    const bad = await one.ran('bad');
    await one.poisons(bad, 'completed');
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.steps()).toEqual(['1 queued', '2 running']);
    await vi.waitFor(async () => expect((await one.refused()).length).toBe(1));
  });

  it('after a reset, with the alarm that was set before it', async () => {
    const one = await life();
    const comesBack = await one.fails();
    const commandId = await one.ask('ls');
    await evictDurableObject(one.room);
    await one.started(commandId);
    await one.ring(2_000);
    await evictDurableObject(one.room);
    await comesBack();
    await one.ended(commandId);
    await evictDurableObject(one.room);
    await one.ring(60_000);
    expect(await one.steps()).toEqual(WHOLE);
  });

  it('once, though the room was reset before it knew that they were taken', async () => {
    const one = await life();
    await one.ran('ls');
    const events = await one.pending();
    await historyIn(env.DB).write({ team: one.team, agentId: 'one', events });
    await evictDurableObject(one.room);
    await one.ring(2_000);
    expect(await one.steps()).toEqual(WHOLE);
    const again = await one.ask('pwd');
    await one.ring(4_000);
    expect(await one.steps()).toEqual([...WHOLE, '4 queued']);
    expect(again).toContain('one.');
  });

  it('what happens while it is written comes with the next', async () => {
    const one = await life();
    const commandId = await one.ran('ls');
    const ringing = one.ring(2_000);
    const next = one.ran('pwd');
    await Promise.all([ringing, next]);
    await one.ring(60_000);
    expect((await one.steps()).length).toBe(6);
    expect(new Set(await one.steps()).size).toBe(6);
    expect(await next).not.toBe(commandId);
  });

  it('[A4] and its agent, as it is and until when it was', async () => {
    const one = await life();
    await one.ring(2_000);
    const [known, ...others] = await one.agents();
    expect(others).toEqual([]);
    expect(known).toMatchObject({ agentUid: one.agentUid, agentId: 'one', deletedAt: null });
    const { room, placement } = await one.placed();
    const before = await rows(room);
    await room.place(one.team, { ...placement, spec: { ...placement.spec, restart: 'always' } });
    expect(await rows(room)).toBe(before + 1);
    await room.place(one.team, { ...placement, spec: { ...placement.spec, name: 'Renamed' } });
    await one.ring(60_000);
    expect(await one.agents()).toEqual([{ ...known, name: 'Renamed' }]);
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    const [ended] = await one.agents();
    expect(ended?.deletedAt).toBeGreaterThanOrEqual(known?.createdAt ?? Infinity);
  });

  it('[A4] but none that was deleted before history had it', async () => {
    const one = await life();
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.agents()).toEqual([]);
  });

  it('[N1] before it is deleted; where that fails, it is not deleted', async () => {
    const one = await life();
    await one.ran('ls');
    const running = await one.ask('sleep 9');
    await one.started(running);
    await one.ask('never');
    const comesBack = await one.fails();
    await runInDurableObject(one.room, (instance) =>
      expect((instance as unknown as RoomRpc).bury(one.agentUid)).rejects.toThrow('away'),
    );
    expect(await one.pending()).not.toEqual([]);
    await comesBack();
    await roomOf(env, one.team, one.agentUid).bury(one.agentUid);
    expect(await one.statuses()).toEqual(['ls completed', 'sleep 9 interrupted', 'never cancelled']);
    expect(await roomOf(env, one.team, one.agentUid).state()).toBeNull();
    await evictDurableObject(one.room);
    expect(await one.statuses()).toEqual(['ls completed', 'sleep 9 interrupted', 'never cancelled']);
    expect((await one.steps()).length).toBe(8);
  });
});
