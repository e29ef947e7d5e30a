import { LIMITS, MemberIdSchema, type Role } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { requestKey } from '../../../src/agent-room/core/requests/requests.ts';
import { connectionRefusal } from '../../../src/socket/connection-limits.ts';
import { LOBBY } from '../../../src/team-lobby/core/limits.ts';
import { type Rig, running, sent } from './rig.ts';

const { sockets } = ROOM_LIMITS;

/** So many sockets of as many members as it takes. */
function fill(rig: Rig, count: number, role: Role, name: string): void {
  for (let at = 0; at < count; at += 1)
    rig.join(`${name}-${at}`, role, `${name}${Math.floor(at / sockets.member)}`);
}

const isIn = (rig: Rig, connection: string) => rig.room.viewers.has(connection);

describe('[X19] seats in a room', () => {
  it('one member has 100 sockets, and another is let in beside them', () => {
    const rig = running();
    fill(rig, sockets.member, 'viewer', 'eve');
    expect(rig.join('more', 'viewer', 'eve0')).toEqual([
      { type: 'close', connection: 'more', code: 1013, reason: 'RESOURCE_EXHAUSTED' },
    ]);
    expect(sent(rig.join('ada', 'admin', 'Ada'), 'ada', 'agent:state')).toHaveLength(1);
    rig.leave('eve-0');
    rig.join('again', 'viewer', 'eve0');
    expect(isIn(rig, 'again')).toBe(true);
  });

  it('viewers fill 950 of them; operators and admins have 50 more', () => {
    const rig = running();
    fill(rig, sockets.all - sockets.kept, 'viewer', 'eve');
    rig.join('late', 'viewer', 'Vic');
    expect(isIn(rig, 'late')).toBe(false);
    fill(rig, sockets.kept - 1, 'operator', 'bob');
    rig.join('ada', 'admin', 'Ada');
    expect(isIn(rig, 'ada')).toBe(true);
    rig.join('ann', 'admin', 'Ann');
    expect(isIn(rig, 'ann')).toBe(false);
  });

  it('a renewed token stays admitted, also where the room is full', () => {
    const rig = running();
    fill(rig, sockets.member, 'viewer', 'eve');
    const { member } = rig.room.viewers.get('eve-0') ?? {};
    if (member === undefined) throw new Error('it is in');
    expect(rig.do({ type: 'member-renewed', connection: 'eve-0', member })).toEqual([]);
    expect(isIn(rig, 'eve-0')).toBe(true);
  });

  it('a request over REST takes none: in a full room it is answered', () => {
    const rig = running();
    fill(rig, sockets.all - sockets.kept, 'viewer', 'eve');
    fill(rig, sockets.kept, 'admin', 'ada');
    const member = rig.room.viewers.get('ada-0')?.member;
    if (member === undefined) throw new Error('it is in');
    rig.do({ type: 'viewer-joined', connection: 'rest', member, socketless: true });
    const asked = rig.send('rest', 'agent:get_state', { agentId: 'a' }, 'r');
    expect(sent(asked, 'rest', 'ack')).toMatchObject([{ success: true }]);
    rig.do({ type: 'disconnected', connection: 'rest' });
    expect(rig.room.viewers.size).toBe(sockets.all);
  });

  it('[H1] sockets that have been silent for 60 s give theirs up, and only where one is wanted', () => {
    const rig = running();
    fill(rig, sockets.member, 'viewer', 'eve');
    rig.lastSeenAt.set('eve-3', rig.now - 61_000);
    rig.join('ada', 'admin', 'Ada');
    expect(isIn(rig, 'eve-3')).toBe(true);
    rig.do({ type: 'admission-requested', member: { id: MemberIdSchema.parse('eve0'), role: 'viewer' } });
    expect(isIn(rig, 'eve-3')).toBe(false);
    rig.join('more', 'viewer', 'eve0');
    expect(isIn(rig, 'more')).toBe(true);
  });

  it.each([
    ['a room', ROOM_LIMITS.sockets],
    ['a lobby', LOBBY.seats],
  ])('%s: no member, and no crowd of viewers, fills it for an admin', (_, limits) => {
    const ada = { id: MemberIdSchema.parse('ada'), role: 'admin' } as const;
    const of = (count: number, name: string) =>
      Array.from({ length: count }, () => MemberIdSchema.parse(name));
    expect(
      connectionRefusal(of(limits.member, 'eve'), { id: MemberIdSchema.parse('eve'), role: 'admin' }, limits),
    ).not.toBeNull();
    const crowd = Array.from({ length: limits.all - limits.kept }, (_, at) => MemberIdSchema.parse(`v${at}`));
    expect(
      connectionRefusal(crowd, { id: MemberIdSchema.parse('vic'), role: 'viewer' }, limits),
    ).not.toBeNull();
    expect(connectionRefusal(crowd, ada, limits)).toBeNull();
  });
});

describe('[X19] other limits of a room', () => {
  it('requests for the lease: two of one member', () => {
    const rig = running();
    rig.join('ada', 'admin', 'Ada');
    rig.send('ada', 'driver:request', { agentId: 'a' }, 'd');
    for (let page = 0; page < LIMITS.asking; page += 1) {
      rig.join(`eve-${page}`, 'operator', 'Eve');
      const asked = rig.send(`eve-${page}`, 'driver:request', { agentId: 'a' }, `e${page}`);
      expect(sent(asked, `eve-${page}`, 'ack')[0]?.success).toBe(page < LIMITS.askingOfMember);
    }
    rig.join('bob', 'operator', 'Bob');
    const asked = rig.send('bob', 'driver:request', { agentId: 'a' }, 'b');
    expect(sent(asked, 'bob', 'ack')).toMatchObject([{ success: true }]);
  });

  it('names in a list of watchers that is cut: each member’s first page before anybody’s second', () => {
    const rig = running();
    const watch = (page: string, name: string) => {
      rig.join(page, 'viewer', name);
      return rig.send(page, 'subscribe:agent', { agentId: 'a' }, page);
    };
    for (let page = 0; page < 2 * LIMITS.watchersListed; page += 1) watch(`eve-${page}`, 'Eve');
    rig.now += ROOM_LIMITS.presenceEvery;
    const shown = sent(watch('vic', 'Vic'), 'vic', 'presence:update')[0];
    expect(shown?.watchers.map(({ name }) => name)).toContain('Vic');
  });

  it('[I1] remembered requests: a flood makes room by its own member’s, not by another’s', () => {
    const rig = running();
    const { durable } = rig.room;
    if (durable === null) throw new Error('it is placed');
    rig.join('bob', 'operator', 'Bob');
    const request = (member: string, at: number) => ({
      key: `${member} page ${at}`,
      requestId: `${member}-${at}`,
      fingerprint: 'f',
      order: '',
      until: rig.now + 600_000,
      waiting: [],
      ack: { success: true },
    });
    const all = [
      request('ann', 0),
      ...Array.from({ length: ROOM_LIMITS.requests - 1 }, (_, at) => request('eve', at)),
    ];
    for (const one of all) rig.room.requests.set(one.key, one);
    rig.send('bob', 'agent:signal', { agentId: 'a', signal: 'SIGINT' }, 'now');
    expect(rig.room.requests.has('ann page 0')).toBe(true);
    expect(rig.room.requests.has('eve page 0')).toBe(false);
    expect(rig.room.requests.size).toBe(ROOM_LIMITS.requests);
  });

  it('[I1] no member’s request is named like another’s, whatever the names have in them', () => {
    const key = (id: string, clientId: string, message: string) =>
      requestKey({ member: { id, clientId } } as never, message);
    expect(key('ada x', 'y', 'z')).not.toBe(key('ada', 'x y', 'z'));
    expect(key('ada', 'x y', 'z')).not.toBe(key('ada', 'x', 'y z'));
    expect(key('ada', 'x%20y', 'z')).not.toBe(key('ada', 'x y', 'z'));
    // Those of 0.1.0 are found again.
    expect(key('ada', 'page', 'm1')).toBe('ada page m1');
  });
});
