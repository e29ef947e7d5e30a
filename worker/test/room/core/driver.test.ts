import { ClientIdSchema, MemberIdSchema, type Role } from '@muster/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/room/core/limits.ts';
import { DurableSchema, type Effect } from '../../../src/room/core/types.ts';
import { commits, dutyOf, E1, KEEPER, opened, placementOf, Rig, sent, TEAM, told } from './rig.ts';

/** Ada administers, Grace and Bob operate, Vic watches; each has one page that is called as they are. */
const PEOPLE: readonly (readonly [string, Role, string])[] = [
  ['ada', 'admin', 'Ada'],
  ['grace', 'operator', 'Grace'],
  ['bob', 'operator', 'Bob'],
  ['vic', 'viewer', 'Vic'],
];

function running(): Rig {
  const rig = new Rig();
  rig.hello();
  rig.batch(opened(E1));
  for (const [page, role, name] of PEOPLE) {
    rig.join(page, role, name);
    rig.say(page, 'subscribe:agent', { agentId: 'a' }, `sub-${page}`);
  }
  return rig;
}

const type = (rig: Rig, page: string, extra: object = {}) =>
  rig.say(page, 'agent:input', { agentId: 'a', data: page, ...extra }, `key-${rig.effects.length}`);
const ask = (rig: Rig, page: string, extra: object = {}) =>
  rig.say(page, 'driver:request', { agentId: 'a', ...extra }, `ask-${rig.effects.length}`);
const keys = (effects: readonly Effect[]) => told(effects, 'program:input').map(({ data }) => data);
const driver = (rig: Rig) => rig.room.durable?.keyboard.driver?.memberId ?? null;
const asking = (rig: Rig) => rig.room.durable?.keyboard.asking.map(({ memberId }) => memberId);
const outcome = (effects: readonly Effect[], page: string) => sent(effects, page, 'ack')[0];
const changes = (effects: readonly Effect[], page = 'vic') =>
  sent(effects, page, 'driver:changed').map((change) => [change.driver?.memberId ?? null, change.reason]);
const alarm = (rig: Rig) => rig.do({ type: 'alarm' });

describe('[B9a] who types', () => {
  it('drives, where nobody did: the key reaches the program and everybody hears who it is', () => {
    const rig = running();
    const effects = type(rig, 'grace');
    expect(keys(effects)).toEqual(['grace']);
    for (const [page] of PEOPLE) expect(changes(effects, page)).toEqual([['grace', 'typed']]);
    expect(sent(effects, 'bob', 'presence:update')[0]?.watchers[0]).toMatchObject({
      memberId: 'grace',
      driving: true,
    });
  });

  it('and is another is refused by name, and nothing reaches the program', () => {
    const rig = running();
    type(rig, 'grace');
    const effects = type(rig, 'ada');
    expect(keys(effects)).toEqual([]);
    expect(outcome(effects, 'ada')?.error).toMatchObject({
      code: 'INVALID_STATE',
      message: 'data: Grace is driving',
      details: { driver: 'grace', clientId: 'client-of-grace' },
    });
  });

  it('in another page of the same member is another too, until that page takes it', () => {
    const rig = running();
    rig.join('phone', 'operator', 'Grace');
    type(rig, 'grace');
    expect(keys(type(rig, 'phone'))).toEqual([]);
    expect(changes(ask(rig, 'phone', { take: true }))).toEqual([['grace', 'taken']]);
    expect(keys(type(rig, 'phone'))).toEqual(['phone']);
    expect(keys(type(rig, 'grace'))).toEqual([]);
  });

  it('costs a row when the keyboard moves, and none for the keys after that', () => {
    const rig = running();
    expect(commits(type(rig, 'grace'))).toHaveLength(1);
    expect(commits(type(rig, 'grace'))).toHaveLength(0);
  });

  it('may not drive as a viewer, nor be given it', () => {
    const rig = running();
    for (const effects of [type(rig, 'vic'), ask(rig, 'vic')])
      expect(outcome(effects, 'vic')?.error?.code).toBe('INSUFFICIENT_PERMISSIONS');
    type(rig, 'grace');
    const effects = rig.say('grace', 'driver:grant', { agentId: 'a', memberId: 'vic' }, 'g');
    expect(outcome(effects, 'grace')?.error?.code).toBe('INSUFFICIENT_PERMISSIONS');
    expect(driver(rig)).toBe('grace');
  });

  it('does not begin to drive while the host is away', () => {
    const rig = running();
    rig.leave(KEEPER);
    expect(outcome(type(rig, 'grace'), 'grace')?.error?.code).toBe('AGENT_OFFLINE');
    expect(driver(rig)).toBeNull();
  });

  it('may be anybody on pipes, which have no keyboard', () => {
    const rig = new Rig();
    const { terminal: _, ...spec } = placementOf().spec;
    rig.room.durable = null;
    rig.do({ type: 'placed', team: TEAM, placement: { spec: { ...spec, kind: 'process' }, generation: 1 } });
    rig.hello();
    rig.join('grace', 'operator', 'Grace');
    rig.join('bob', 'operator', 'Bob');
    expect([...keys(type(rig, 'grace')), ...keys(type(rig, 'bob'))]).toEqual(['grace', 'bob']);
    expect(driver(rig)).toBeNull();
    expect(outcome(ask(rig, 'bob'), 'bob')?.error?.code).toBe('INVALID_STATE');
    expect(sent(rig.join('ada'), 'ada', 'agent:state')[0]?.keyboard).toBeUndefined();
  });
});

describe('[B9a] one message over REST', () => {
  const rest = (rig: Rig, id: string) => {
    const hands = { id: MemberIdSchema.parse(id), clientId: ClientIdSchema.parse('rest') };
    const member = { ...hands, name: id, role: 'operator' as const };
    rig.do({ type: 'viewer-joined', connection: `rest:${id}`, member, passing: true });
    const effects = type(rig, `rest:${id}`);
    rig.do({ type: 'left', connection: `rest:${id}` });
    return keys(effects);
  };
  it('passes where nobody drives, and holds no keyboard', () => {
    const rig = running();
    expect(rest(rig, 'bob')).toEqual(['rest:bob']);
    expect(driver(rig)).toBeNull();
  });
  it("passes beside its own member's page, and not beside another's", () => {
    const rig = running();
    type(rig, 'grace');
    expect(rest(rig, 'grace')).toEqual(['rest:grace']);
    expect(rest(rig, 'bob')).toEqual([]);
  });
});

describe('[B9a] sizes', () => {
  const size = (rig: Rig, page: string) =>
    told(rig.say(page, 'agent:resize', { agentId: 'a', cols: 90, rows: 30 }, 'r'), 'program:resize').length;
  it("the driver's counts, and any operator's while nobody drives", () => {
    const rig = running();
    expect(size(rig, 'bob')).toBe(1);
    type(rig, 'grace');
    expect([size(rig, 'grace'), size(rig, 'bob'), size(rig, 'ada')]).toEqual([1, 0, 0]);
  });
});

describe('[X6] what a terminal says by itself', () => {
  it('reaches the program from the driver only, and makes nobody drive: battery 16 in the room', () => {
    const rig = running();
    for (const [page] of PEOPLE) expect(keys(type(rig, page, { answer: true }))).toEqual([]);
    expect(driver(rig)).toBeNull();
    type(rig, 'grace');
    const answers = PEOPLE.flatMap(([page]) => keys(type(rig, page, { answer: true, data: '\x1b[?1;2c' })));
    expect(answers).toEqual(['\x1b[?1;2c']);
  });
});

describe('[B9b] asking for the keyboard', () => {
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
    const granted = rig.say('grace', 'driver:grant', { agentId: 'a', clientId: 'client-of-bob' }, 'g');
    expect(changes(granted)).toEqual([['bob', 'granted']]);
    expect(asking(rig)).toEqual([]);
  });

  it('is declined, and nothing but the request is gone', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.say('grace', 'driver:decline', { agentId: 'a', clientId: 'client-of-bob' }, 'd');
    expect([driver(rig), asking(rig)]).toEqual(['grace', []]);
  });

  it('of who may not decide about it changes nothing', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    const effects = rig.say('bob', 'driver:grant', { agentId: 'a', clientId: 'client-of-bob' }, 'g');
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
    expect(dutyOf(rig)).toBe(rig.now + 10_000);
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
    expect(dutyOf(rig)).toBe(rig.now + ROOM_LIMITS.driverIdle);
  });

  it('ends with the socket that asked, and by asking no more', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    rig.leave('bob');
    expect(asking(rig)).toEqual([]);
    ask(rig, 'ada');
    rig.say('ada', 'driver:release', { agentId: 'a' }, 'r');
    expect(asking(rig)).toEqual([]);
  });

  it('is answered in its order when the driver lets go', () => {
    const rig = running();
    type(rig, 'grace');
    ask(rig, 'bob');
    ask(rig, 'ada');
    expect(changes(rig.say('grace', 'driver:release', { agentId: 'a' }, 'r'))).toEqual([['bob', 'released']]);
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
  it('keeps the keyboard for 10 s, so that a reload does not lose it', () => {
    const rig = running();
    type(rig, 'grace');
    rig.leave('grace');
    rig.now += 9_000;
    expect(keys(type(rig, 'bob'))).toEqual([]);
    rig.join('grace', 'operator', 'Grace');
    rig.now += 60_000;
    alarm(rig);
    expect(driver(rig)).toBe('grace');
    expect(dutyOf(rig)).toBeNull();
  });

  it('loses it then, by the alarm or to the first key', () => {
    const rig = running();
    type(rig, 'grace');
    rig.leave('grace');
    expect(dutyOf(rig)).toBe(rig.now + ROOM_LIMITS.driverGrace);
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
    for (const [page] of PEOPLE) rig.room.viewers.delete(page);
    const before = rig.store.load();
    expect(before.durable?.keyboard.driver?.memberId).toBe('grace');
    rig.drop('grace');
    rig.sleep();
    rig.say('bob', 'agent:get_state', { agentId: 'a' });
    expect(dutyOf(rig)).toBe(rig.now + ROOM_LIMITS.driverGrace);
  });

  it('loses it at once when it may no longer type', () => {
    const rig = running();
    type(rig, 'grace');
    expect(changes(rig.join('grace', 'viewer', 'Grace'))).toEqual([[null, 'left']]);
  });
});

describe('[B9] a room of an earlier version', () => {
  it('[G4] wakes with a keyboard that is free', () => {
    const { keyboard: _, ...before } = running().room.durable ?? {};
    expect(DurableSchema.parse(before).keyboard).toMatchObject({ driver: null, asking: [] });
  });
});

describe('[B9] whatever happens', () => {
  const page = fc.constantFrom('ada', 'grace', 'bob', 'vic', 'phone');
  const step = fc.oneof(
    fc.record({ do: fc.constant('type' as const), page, answer: fc.boolean() }),
    fc.record({ do: fc.constant('resize' as const), page }),
    fc.record({ do: fc.constant('ask' as const), page, take: fc.boolean() }),
    fc.record({ do: fc.constant('release' as const), page }),
    fc.record({ do: fc.constantFrom('grant' as const, 'decline' as const), page, to: page }),
    fc.record({ do: fc.constantFrom('leave' as const, 'join' as const, 'sleep' as const), page }),
    fc.record({ do: fc.constant('wait' as const), page, ms: fc.integer({ min: 1, max: 40_000 }) }),
  );
  const ROLES = new Map<string, Role>([
    ...PEOPLE.map(([name, role]) => [name, role] as const),
    ['phone', 'operator'],
  ]);
  const NAMES = new Map([...PEOPLE.map(([name, , shown]) => [name, shown] as const), ['phone', 'Grace']]);

  it('one page drives at most, only its keys and sizes reach the program, a viewer is never it, R1 holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = running();
        let revision = rig.room.durable?.revision ?? 0;
        for (const one of steps) {
          const here = rig.room.viewers.has(one.page);
          if (one.do === 'join') rig.join(one.page, ROLES.get(one.page), NAMES.get(one.page));
          if (one.do === 'leave') rig.leave(one.page);
          if (one.do === 'sleep') rig.sleep();
          if (one.do === 'wait') {
            rig.now += one.ms;
            alarm(rig);
          }
          let effects: readonly Effect[] = [];
          if (one.do === 'ask') effects = ask(rig, one.page, { take: one.take });
          if (one.do === 'release') effects = rig.say(one.page, 'driver:release', { agentId: 'a' });
          if (one.do === 'grant' || one.do === 'decline')
            effects = rig.say(one.page, `driver:${one.do}`, {
              agentId: 'a',
              clientId: `client-of-${one.to}`,
            });
          if (one.do === 'type') effects = type(rig, one.page, { answer: one.answer });
          if (one.do === 'resize')
            effects = rig.say(one.page, 'agent:resize', { agentId: 'a', cols: 1, rows: 1 });
          const held = rig.room.durable?.keyboard.driver ?? null;
          const mine = here && held?.clientId === `client-of-${one.page}`;
          if (keys(effects).length > 0) expect(mine).toBe(true);
          if (told(effects, 'program:resize').length > 0) expect(mine || held === null).toBe(true);
          expect(held?.memberId).not.toBe('vic');
          expect(rig.room.durable?.keyboard.asking.some(({ clientId }) => clientId === held?.clientId)).toBe(
            false,
          );
          expect(rig.store.load().durable?.keyboard).toEqual(rig.room.durable?.keyboard);
          const shown = sent(effects, one.page, 'driver:changed').map((change) => change.revision);
          for (const next of shown) {
            expect(next).toBeGreaterThan(revision);
            revision = next;
          }
          revision = Math.max(revision, rig.room.durable?.revision ?? 0);
        }
      }),
      { numRuns: 400 },
    );
  });
});
