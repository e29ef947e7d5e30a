import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { deadlineOf, type Rig, running, sent } from './rig.ts';

const come = (rig: Rig, page: string, name = page) => {
  rig.join(page, 'operator', name);
  return rig.send(page, 'subscribe:agent', { agentId: 'a' }, 's');
};
const listTo = (effects: ReturnType<typeof come>, page: string) => sent(effects, page, 'presence:update')[0];

describe('[R1] presence', () => {
  it('is sent whole to all watchers, and only to them, when a client comes or goes', () => {
    const rig = running();
    rig.join('asks-only');
    come(rig, 'ada');
    const effects = come(rig, 'grace');
    for (const page of ['ada', 'grace'])
      expect(listTo(effects, page)?.watchers.map(({ name }) => name)).toEqual(['ada', 'grace']);
    expect(listTo(effects, 'asks-only')).toBeUndefined();
    expect(listTo(rig.leave('grace'), 'ada')).toMatchObject({ watchers: [{ name: 'ada' }], total: 1 });
  });

  it('[X5] is sent again when the role of a watcher changed, and not when only its token did', () => {
    const rig = running();
    come(rig, 'ada');
    come(rig, 'grace');
    expect(listTo(rig.renew('grace', 'operator', 'grace'), 'ada')).toBeUndefined();
    const effects = rig.renew('grace', 'viewer', 'grace');
    expect(listTo(effects, 'ada')?.watchers).toMatchObject([{ role: 'operator' }, { role: 'viewer' }]);
  });

  it('is not stored, and not sent for output', () => {
    const rig = running();
    const effects = come(rig, 'ada');
    expect(JSON.stringify(effects.filter(({ type }) => type === 'commit'))).not.toContain('watchers');
    expect(rig.room.presence.dueAt).toBeNull();
  });

  it('names each client once, however many sockets it has', () => {
    const rig = running();
    come(rig, 'ada');
    const { member } = rig.room.viewers.get('ada') ?? {};
    if (member === undefined) throw new Error('ada is here');
    rig.do({ type: 'viewer-joined', connection: 'second', member });
    expect(listTo(rig.send('second', 'subscribe:agent', { agentId: 'a' }, 's'), 'ada')?.total).toBe(1);
  });

  it('[L] a thousand that come at once cost a list each, and one for all when 5 s are over', () => {
    const rig = running();
    let lists = 0;
    for (let count = 0; count < ROOM_LIMITS.sockets.all; count += 1)
      lists += come(rig, `p${count}`).filter(
        (effect) => effect.type === 'send' && effect.message.type === 'presence:update',
      ).length;
    expect(lists).toBeLessThan(ROOM_LIMITS.sockets.all + ROOM_LIMITS.presenceAtOnce ** 2);
    expect(deadlineOf(rig)).toBe(rig.room.presence.dueAt);
    rig.now += ROOM_LIMITS.presenceEvery;
    const all = rig.do({ type: 'alarm' });
    expect(listTo(all, 'p0')).toMatchObject({ total: ROOM_LIMITS.sockets.all });
    expect(listTo(all, 'p0')?.watchers).toHaveLength(LIMITS.watchersListed);
    expect(rig.room.presence.dueAt).toBeNull();
  });

  it('a list that is cut still has the driver', () => {
    const rig = running();
    for (let count = 0; count < 50; count += 1) come(rig, `p${count}`);
    rig.send('p49', 'agent:input', { agentId: 'a', data: 'x' });
    rig.now += ROOM_LIMITS.presenceEvery;
    expect(listTo(rig.do({ type: 'alarm' }), 'p0')?.watchers[0]).toMatchObject({
      name: 'p49',
      driving: true,
    });
  });

  it('[R3] the state counts the sockets that watch, through coming, going and sleep', () => {
    const rig = running();
    rig.join('asks-only');
    const count = () =>
      sent(rig.send('asks-only', 'agent:get_state', { agentId: 'a' }), 'asks-only', 'agent:state')[0]?.agent
        .viewers;
    for (const page of ['ada', 'grace', 'mary']) come(rig, page);
    expect(count()).toBe(3);
    rig.send('mary', 'unsubscribe', { subscriptionId: rig.room.viewers.get('mary')?.subscription?.id ?? '' });
    expect(count()).toBe(2);
    rig.leave('ada');
    rig.leave('mary');
    expect(count()).toBe(1);
    rig.sleep();
    expect(count()).toBe(1);
    rig.send('grace', 'subscribe:agent', { agentId: 'a' }, 'again');
    expect(count()).toBe(1);
  });
});
