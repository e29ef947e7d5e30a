import { AgentIdSchema, type ViewerMessage, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/team-lobby/core/handle.ts';
import { LOBBY } from '../../../../src/team-lobby/core/limits.ts';
import { NOW } from '../../../auth/bodies.ts';
import { acks, broadcasts, HOST_A, hostMessages, type Rig, rigWithHost } from '../rig.ts';

const rename = (rig: Rig, id: string) =>
  rig.says({ type: 'agent:update', payload: { agentId: AgentIdSchema.parse('one'), name: id } }, id);

describe('agent:create', () => {
  it('is invisible until the runner says it runs, then visible to all, then acked', () => {
    const rig = rigWithHost();
    expect(rig.create().map((effect) => effect.type)).toEqual(['commit', 'place-room']);
    expect(rig.uidOf('one')).toBeNull();
    const ordered = rig.roomPlaced();
    expect(hostMessages(ordered, 'agent:place')).toMatchObject([
      { generation: 1, spec: { agentId: 'one', hostId: HOST_A, kind: 'terminal', workspace: '/home/ada' } },
    ]);
    const done = rig.placed();
    const agentUid = rig.uidOf('one');
    expect(done.flatMap((e) => ('message' in e ? e.message.type : e.type))).toEqual([
      'commit',
      'commit',
      'agent:created',
      'agent:list',
      'host:list',
      'ack',
    ]);
    expect(broadcasts(done, 'agent:list')[0]?.agents).toMatchObject([
      { agentId: 'one', status: 'starting', connection: 'online' },
    ]);
    const result = { agentId: 'one', agentUid, pid: 42, startTime: NOW };
    expect(acks(done)).toEqual([{ messageId: 'c1', success: true, result }]);
    expect(nextDeadline(rig.lobby)).toBeNull();
  });

  it("undoes everything when the runner cannot start it, and passes on the runner's own error and field", () => {
    const rig = rigWithHost();
    rig.create();
    rig.roomPlaced();
    const error = wireError('AGENT_SPAWN_FAILED', 'program: no such program', { field: 'program' });
    const undone = rig.placed({ error });
    expect(acks(undone)).toEqual([{ messageId: 'c1', success: false, error }]);
    expect(broadcasts(undone, 'agent:list')).toEqual([]);
    expect(rig.store.load()).toMatchObject({ agents: [], live: [], deletions: [expect.any(String)] });
    rig.roomDeleted();
    expect(rig.store.load().deletions).toEqual([]);
    rig.create({}, 'c2');
    rig.roomPlaced();
    expect(acks(rig.placed())).toMatchObject([{ messageId: 'c2', success: true }]);
  });

  it('is undone with HOST_OFFLINE when the runner goes', () => {
    const rig = rigWithHost();
    rig.create();
    rig.roomPlaced();
    const gone = rig.do({ type: 'disconnected', connection: `h:${HOST_A}` });
    expect(acks(gone)).toMatchObject([{ success: false, error: { code: 'HOST_OFFLINE' } }]);
    expect(rig.lobby.names.size).toBe(0);
  });

  it('is undone with SERVICE_UNAVAILABLE 30 s later, by the alarm, and ended where it started after all', () => {
    const rig = rigWithHost();
    rig.create();
    rig.roomPlaced();
    expect(nextDeadline(rig.lobby)).toBe(NOW + 30_000);
    rig.now = NOW + 29_999;
    expect(acks(rig.do({ type: 'alarm' }))).toEqual([]);
    rig.now = NOW + 30_000;
    const undone = rig.do({ type: 'alarm' });
    expect(acks(undone)).toMatchObject([{ success: false, error: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(hostMessages(undone, 'agent:remove')).toHaveLength(1);
    expect(hostMessages(rig.placed(), 'agent:remove')).toHaveLength(1);
    expect(rig.uidOf('one')).toBeNull();
  });

  it('holds the name while it is under way', () => {
    const rig = rigWithHost();
    rig.create();
    expect(acks(rig.create({ name: 'ONE!'.replace('!', '') }, 'c2'))).toMatchObject([
      { messageId: 'c2', error: { code: 'AGENT_EXISTS', details: { field: 'name' } } },
    ]);
    expect(acks(rig.create({ name: 'Other', agentId: 'one' as never }, 'c3'))).toMatchObject([
      { error: { code: 'AGENT_EXISTS', details: { field: 'agentId' } } },
    ]);
  });

  it('[I1] a repeat waits for the first one, and later gets its ack again', () => {
    const rig = rigWithHost();
    rig.create();
    expect(rig.create({}, 'c1', 'v2').map((effect) => effect.type)).toEqual(['commit']);
    rig.roomPlaced();
    const done = rig.placed();
    const to = done.flatMap((e) => (e.type === 'send' && e.message.type === 'ack' ? [e.to] : []));
    expect(to).toEqual(['v', 'v2']);
    rig.reset();
    rig.now += 599_999;
    expect(acks(rig.create())).toEqual([acks(done)[0]]);
    expect(rig.lobby.agents.size).toBe(1);
  });

  it('[I1] the same id with another payload is INVALID_MESSAGE, while under way and after', () => {
    const rig = rigWithHost();
    rig.create();
    const other = () => acks(rig.create({ name: 'Two' }, 'c1'));
    expect(other()).toMatchObject([{ error: { code: 'INVALID_MESSAGE', details: { field: 'id' } } }]);
    rig.roomPlaced();
    rig.placed();
    expect(other()).toMatchObject([{ error: { code: 'INVALID_MESSAGE' } }]);
    rig.now += 600_000;
    expect(acks(rig.create({ name: 'Two' }, 'c1'))).toEqual([]);
    expect(rig.lobby.names.has('two')).toBe(true);
  });

  it('[I1] one that is not remembered and was first sent as long ago is refused: it may have been done', () => {
    const refused = { error: { code: 'COMMAND_TIMEOUT', details: { outcome: 'unknown' } } };
    const agentId = AgentIdSchema.parse('one');
    const messages: ViewerMessage[] = [
      { type: 'agent:create', payload: { name: 'One', program: { command: 'bash', args: [] } } },
      { type: 'agent:update', payload: { agentId, name: 'Two' } },
      { type: 'agent:delete', payload: { agentId } },
    ];
    for (const message of messages) {
      const rig = rigWithHost();
      const asked = rig.says(message, 'm1', 'v', [], rig.now - LOBBY.ackMemory);
      expect(acks(asked)).toMatchObject([refused]);
      const young = rig.says(message, 'm1', 'v', [], rig.now);
      expect(JSON.stringify(young)).not.toContain('unknown');
    }
  });

  it('[I1] at most 10,000 acks are remembered, the newest ones', () => {
    const rig = rigWithHost();
    rig.made('One');
    const before = rig.lobby.acks.size;
    for (let index = 0; index <= 10_000; index += 1) rename(rig, `c${index}`);
    expect(before).toBe(1);
    expect(rig.lobby.acks.size).toBe(10_000);
    expect(rig.store.load().acks).toHaveLength(10_000);
    expect([...rig.lobby.acks.keys()].at(0)).toBe('ada/c1');
  });

  it('[I1] acks that have run out are forgotten with the next one', () => {
    const rig = rigWithHost();
    rig.made('One');
    rig.now += 600_000;
    rename(rig, 'c2');
    expect(rig.store.load().acks.map(({ key }) => key)).toEqual(['ada/c2']);
  });

  it('tries the room again after 1, 2, 4 … 30 s, and again after a reset', () => {
    const rig = rigWithHost();
    rig.create();
    const pauses: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      rig.roomPlaced(false);
      const due = nextDeadline(rig.lobby) ?? 0;
      pauses.push(due - rig.now);
      rig.now = due;
      expect(rig.do({ type: 'alarm' }).map((effect) => effect.type)).toEqual(['place-room']);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['place-room']);
    rig.hello();
    expect(hostMessages(rig.roomPlaced(), 'agent:place')).toHaveLength(1);
  });

  const STEPS: ((rig: Rig) => void)[] = [
    (rig) => rig.create(),
    (rig) => rig.roomPlaced(),
    (rig) => rig.placed(),
  ];

  it.each([1, 2, 3])('survives a reset after step %i: the agent is there in the end, once', (after) => {
    const rig = rigWithHost();
    for (const [index, step] of STEPS.entries()) {
      step(rig);
      if (index + 1 !== after) continue;
      rig.reset();
      // The runner redials; whether its keeper started meanwhile is its own affair.
      rig.hello();
    }
    expect(rig.uidOf('one')).not.toBeNull();
    expect(rig.store.load().agents).toMatchObject([{ pending: null, roomKnows: true }]);
    expect(acks(rig.create())).toMatchObject([{ success: true }]);
    expect(rig.lobby.agents.size).toBe(1);
  });

  it.each([1, 2])('a reset after step %i with no runner coming back leaves nothing', (after) => {
    const rig = rigWithHost();
    for (const step of STEPS.slice(0, after)) step(rig);
    rig.reset();
    rig.now = nextDeadline(rig.lobby) ?? rig.now;
    rig.do({ type: 'alarm' });
    rig.now = NOW + 30_000;
    rig.do({ type: 'alarm' });
    expect(rig.store.load()).toMatchObject({ agents: [], deletions: [expect.any(String)] });
    expect(acks(rig.create())).toMatchObject([{ error: { code: 'HOST_OFFLINE' } }]);
  });

  it('a runner that comes back is asked again once the room knows, and welcomed with it only if it has its keeper', () => {
    const rig = rigWithHost();
    rig.create();
    const { spec } = [...rig.lobby.agents.values()][0] ?? {};
    if (spec === undefined) throw new Error('nothing is pending');
    expect(hostMessages(rig.hello(), 'agent:place')).toEqual([]);
    rig.roomPlaced();
    const without = rig.hello();
    expect(hostMessages(without, 'lobby:welcome')).toEqual([{ agents: [] }]);
    expect(hostMessages(without, 'agent:place')).toMatchObject([{ spec: { agentUid: spec.agentUid } }]);
    const having = rig.hello(HOST_A, [{ agentUid: spec.agentUid, generation: 1, healthy: true }]);
    expect(hostMessages(having, 'lobby:welcome')).toEqual([{ agents: [{ spec, generation: 1 }] }]);
    expect(hostMessages(having, 'agent:place')).toHaveLength(1);
  });

  it('an answer to another question does not settle it', () => {
    const rig = rigWithHost();
    rig.create();
    rig.roomPlaced();
    expect(rig.placed({ requestId: 'other' })).toEqual([]);
    expect(rig.uidOf('one')).toBeNull();
  });

  it.each([1, 2, 3])('survives hibernation after step %i', (after) => {
    const rig = rigWithHost();
    for (const [index, step] of STEPS.entries()) {
      step(rig);
      if (index + 1 === after) rig.sleep();
    }
    expect(rig.uidOf('one')).not.toBeNull();
  });
});
