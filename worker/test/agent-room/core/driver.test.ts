import { ClientIdSchema, MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { DurableSchema } from '../../../src/agent-room/core/types.ts';
import { ask, changes, driver, keys, MEMBERS, outcome, running, type } from './driver-rig.ts';
import { commits, KEEPER, keeperMessages, placementOf, Rig, sent, TEAM } from './rig.ts';

describe('[B9a] a client that types', () => {
  it('drives, where nobody did: the key reaches the program and every client learns who it is', () => {
    const rig = running();
    const effects = type(rig, 'grace');
    expect(keys(effects)).toEqual(['grace']);
    for (const [page] of MEMBERS) expect(changes(effects, page)).toEqual([['grace', 'typed']]);
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
      message: 'Grace is driving',
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

  it('costs a row when the lease moves, and none for the keys after that', () => {
    const rig = running();
    expect(commits(type(rig, 'grace'))).toHaveLength(1);
    expect(commits(type(rig, 'grace'))).toHaveLength(0);
  });

  it('may not drive as a viewer, nor be given it', () => {
    const rig = running();
    for (const effects of [type(rig, 'vic'), ask(rig, 'vic')])
      expect(outcome(effects, 'vic')?.error?.code).toBe('INSUFFICIENT_PERMISSIONS');
    type(rig, 'grace');
    const effects = rig.send('grace', 'driver:grant', { agentId: 'a', memberId: 'vic' }, 'g');
    expect(outcome(effects, 'grace')?.error?.code).toBe('INSUFFICIENT_PERMISSIONS');
    expect(driver(rig)).toBe('grace');
  });

  it('does not begin to drive while the host is away', () => {
    const rig = running();
    rig.leave(KEEPER);
    expect(outcome(type(rig, 'grace'), 'grace')?.error?.code).toBe('AGENT_OFFLINE');
    expect(driver(rig)).toBeNull();
  });

  it('may be anybody on pipes, which have no driver', () => {
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
    rig.do({ type: 'viewer-joined', connection: `rest:${id}`, member, socketless: true });
    const effects = type(rig, `rest:${id}`);
    rig.do({ type: 'disconnected', connection: `rest:${id}` });
    return keys(effects);
  };
  it('passes where nobody drives, and holds no lease', () => {
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
    keeperMessages(
      rig.send(page, 'agent:resize', { agentId: 'a', cols: 90, rows: 30 }, 'r'),
      'program:resize',
    ).length;
  it("the driver's counts, and any operator's while nobody drives", () => {
    const rig = running();
    expect(size(rig, 'bob')).toBe(1);
    type(rig, 'grace');
    expect([size(rig, 'grace'), size(rig, 'bob'), size(rig, 'ada')]).toEqual([1, 0, 0]);
  });
});

describe('[X6] an answer of the terminal itself', () => {
  it('reaches the program from the driver only, and makes nobody drive: battery 16 in the room', () => {
    const rig = running();
    for (const [page] of MEMBERS) expect(keys(type(rig, page, { answer: true }))).toEqual([]);
    expect(driver(rig)).toBeNull();
    type(rig, 'grace');
    const answers = MEMBERS.flatMap(([page]) => keys(type(rig, page, { answer: true, data: '\x1b[?1;2c' })));
    expect(answers).toEqual(['\x1b[?1;2c']);
  });
});

describe('[B9] a room of an earlier version', () => {
  it('[G4] wakes with a free lease', () => {
    const { keyboard: _, ...before } = running().room.durable ?? {};
    expect(DurableSchema.parse(before).keyboard).toMatchObject({ driver: null, asking: [] });
  });
});
