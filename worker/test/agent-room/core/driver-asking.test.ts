import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { alarm, ask, asking, changes, driver, keys, MEMBERS, outcome, running, type } from './driver-rig.ts';
import { deadlineOf, sent } from './rig.ts';

describe('[B9b] a request for the lease', () => {
  it('is granted at once where nobody drives', () => {
    const rig = running();
    const effects = ask(rig, 'bob');
    expect(outcome(effects, 'bob')?.result).toEqual({ driving: true });
    expect(changes(effects)).toEqual([['bob', 'asked']]);
  });

  it('waits for the driver, who grants it', () => {
    const rig = running();
    type(rig, 'grace');
    const waiting = ask(rig, 'bob');
    expect(outcome(waiting, 'bob')?.result).toEqual({ driving: false });
    expect(sent(waiting, 'grace', 'driver:changed')[0]).toMatchObject({ asking: [{ name: 'Bob' }] });
    const granted = rig.send('grace', 'driver:grant', { agentId: 'a', clientId: 'client-of-bob' }, 'g');
    expect(changes(granted)).toEqual([['bob', 'granted']]);
    expect(asking(rig)).toEqual([]);
  });

  it('is declined, and nothing but the request is gone', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.send('grace', 'driver:decline', { agentId: 'a', clientId: 'client-of-bob' }, 'd');
    expect([driver(rig), asking(rig)]).toEqual(['grace', []]);
  });

  it('of a member that may not decide about it changes nothing', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    const effects = rig.send('bob', 'driver:grant', { agentId: 'a', clientId: 'client-of-bob' }, 'g');
    expect(outcome(effects, 'bob')?.error?.code).toBe('INVALID_STATE');
    expect(driver(rig)).toBe('grace');
  });

  it('is not needed by an admin, who may take it, nor open to others', () => {
    const rig = running();
    type(rig, 'grace');
    expect(outcome(ask(rig, 'bob', { take: true }), 'bob')?.error?.code).toBe('INSUFFICIENT_PERMISSIONS');
    expect(changes(ask(rig, 'ada', { take: true }))).toEqual([['ada', 'taken']]);
  });

  it('is granted at once when the driver has not typed for 30 s', () => {
    const rig = running();
    type(rig, 'grace');
    rig.now += ROOM_LIMITS.driverIdle;
    expect(changes(ask(rig, 'bob'))).toEqual([['bob', 'idle']]);
  });

  it('is granted 30 s after the last key of a driver who does not answer', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.now += 20_000;
    type(rig, 'grace');
    rig.now += 20_000;
    alarm(rig);
    expect(driver(rig)).toBe('grace');
    expect(deadlineOf(rig)).toBe(rig.now + 10_000);
    rig.now += 10_000;
    expect(changes(alarm(rig))).toEqual([['bob', 'idle']]);
  });

  it('[R1] survives a sleep with its time, in which nobody typed', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.sleep();
    expect([driver(rig), asking(rig)]).toEqual(['grace', ['bob']]);
    rig.now += ROOM_LIMITS.driverIdle;
    expect(changes(alarm(rig))).toEqual([['bob', 'idle']]);
  });

  it('[R1] counts from a key that the driver typed before a reset, while somebody asked', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.now += 20_000;
    type(rig, 'grace');
    rig.sleep();
    rig.now += 20_000;
    alarm(rig);
    expect(driver(rig)).toBe('grace');
  });

  it('waits a whole 30 s where a room has slept and does not know when the driver typed', () => {
    const rig = running();
    type(rig, 'grace');
    rig.now += 60_000;
    rig.sleep();
    expect(outcome(ask(rig, 'bob'), 'bob')?.result).toEqual({ driving: false });
    expect(deadlineOf(rig)).toBe(rig.now + ROOM_LIMITS.driverIdle);
  });

  it('ends with the socket that asked, and by asking no more', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.leave('bob');
    expect(asking(rig)).toEqual([]);
    ask(rig, 'ada');
    rig.send('ada', 'driver:release', { agentId: 'a' }, 'r');
    expect(asking(rig)).toEqual([]);
  });

  it('is answered in its order when the driver lets go', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    ask(rig, 'ada');
    expect(changes(rig.send('grace', 'driver:release', { agentId: 'a' }, 'r'))).toEqual([
      ['bob', 'released'],
    ]);
    expect(asking(rig)).toEqual(['ada']);
  });

  it('is bounded', () => {
    const rig = running();
    type(rig, 'grace');
    for (let page = 0; page < 9; page += 1) rig.join(`p${page}`, 'operator', `P${page}`);
    const errors = Array.from(
      { length: 9 },
      (_, page) => outcome(ask(rig, `p${page}`), `p${page}`)?.error?.code,
    );
    expect(errors).toEqual([...Array(8).fill(undefined), 'RESOURCE_EXHAUSTED']);
  });
});

describe('[B9c] a driver that is gone', () => {
  it('keeps the lease for 10 s, so that a reload does not lose it', () => {
    const rig = running();
    type(rig, 'grace');
    rig.leave('grace');
    rig.now += 9_000;
    expect(keys(type(rig, 'bob'))).toEqual([]);
    rig.join('grace', 'operator', 'Grace');
    rig.now += 60_000;
    alarm(rig);
    expect(driver(rig)).toBe('grace');
    expect(deadlineOf(rig)).toBeNull();
  });

  it('loses it then, by the alarm or to the first key', () => {
    const rig = running();
    type(rig, 'grace');
    rig.leave('grace');
    expect(deadlineOf(rig)).toBe(rig.now + ROOM_LIMITS.driverGrace);
    rig.now += ROOM_LIMITS.driverGrace;
    expect(changes(type(rig, 'bob'))).toEqual([
      [null, 'left'],
      ['bob', 'typed'],
    ]);
  });

  it('keeps it while another of its sockets is here', () => {
    const rig = running();
    type(rig, 'grace');
    const { member } = rig.room.viewers.get('grace') ?? {};
    if (member === undefined) throw new Error('grace is here');
    rig.do({ type: 'viewer-joined', connection: 'second', member });
    rig.leave('grace');
    expect(rig.room.durable?.keyboard.leftAt).toBeNull();
  });

  it('[R1] is noticed by a room that was reset with all its sockets', () => {
    const rig = running();
    type(rig, 'grace');
    for (const [page] of MEMBERS) rig.room.viewers.delete(page);
    const before = rig.store.load();
    expect(before.durable?.keyboard.driver?.memberId).toBe('grace');
    rig.drop('grace');
    rig.sleep();
    rig.send('bob', 'agent:get_state', { agentId: 'a' });
    expect(deadlineOf(rig)).toBe(rig.now + ROOM_LIMITS.driverGrace);
  });

  it('loses it at once when it may no longer type', () => {
    const rig = running();
    type(rig, 'grace');
    expect(changes(rig.join('grace', 'viewer', 'Grace'))).toEqual([[null, 'left']]);
  });
});
