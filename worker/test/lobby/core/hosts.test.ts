import { type AgentUid, HostIdSchema, type RoomSummary } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { enrolRefusal } from '../../../src/lobby/core/host-keys.ts';
import { ackedRevision } from '../../../src/lobby/core/report.ts';
import { summaryOf } from '../../../src/lobby/core/summaries.ts';
import { sweep } from '../../../src/lobby/core/sweep.ts';
import { NOW } from '../../auth/bodies.ts';
import {
  acks,
  agentUid,
  broadcasts,
  facts,
  HOST_A,
  HOST_B,
  Rig,
  rigWithHost,
  summary,
  told,
  uuid,
} from './rig.ts';

const closes = (out: ReturnType<Rig['do']>) =>
  out.flatMap((effect) => (effect.type === 'close' ? [[effect.connection, effect.code]] : []));

describe('hosts', () => {
  it('lobby:welcome is the whole truth of that host and of no other', () => {
    const rig = rigWithHost();
    rig.enrol(HOST_B);
    const row = rig.made();
    const claimed = { agentUid: row.spec.agentUid, generation: 1, healthy: true };
    expect(told(rig.hello(HOST_A, [claimed]), 'lobby:welcome')).toEqual([
      { agents: [{ spec: row.spec, generation: 1 }] },
    ]);
    // [N2] Battery 24: another host claims the agent; it is told that it has none.
    expect(told(rig.hello(HOST_B, [claimed]), 'lobby:welcome')).toEqual([{ agents: [] }]);
  });

  it('[N2] what another host says of an agent changes nothing', () => {
    const rig = rigWithHost();
    rig.enrol(HOST_B);
    rig.hello(HOST_B);
    const { spec } = rig.made();
    const { agentUid: uid } = spec;
    expect(rig.hostSays({ type: 'keeper:link', payload: { agentUid: uid, healthy: false } }, HOST_B)).toEqual(
      [],
    );
    rig.create({ name: 'Two', hostId: HOST_A }, 'c2');
    rig.roomPlaced();
    expect(rig.placed({}, HOST_B)).toEqual([]);
    expect(rig.uidOf('two')).toBeNull();
  });

  it('[N1] an agent made again under its name is another one: what comes of the old one is ended', () => {
    const rig = rigWithHost();
    const old = rig.made();
    rig.says({ type: 'agent:delete', payload: { agentId: old.spec.agentId } }, 'd');
    const next = rig.made('One', {});
    expect(next.spec.agentUid).not.toBe(old.spec.agentUid);
    const claimed = { agentUid: old.spec.agentUid, generation: 1, healthy: true };
    const welcome = told(rig.hello(HOST_A, [claimed]), 'lobby:welcome')[0];
    expect(welcome?.agents.map(({ spec }) => spec.agentUid)).toEqual([next.spec.agentUid]);
    const report = { agentUid: old.spec.agentUid, generation: 1, summaryRevision: 99, summary: summary() };
    expect(rig.do({ type: 'reported', report })).toEqual([]);
  });

  it('[N2] a keeper of a lower generation does not count as well', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    rig.hello(HOST_A, [{ agentUid: spec.agentUid, generation: 2, healthy: true }]);
    expect(summaryOf(rig.lobby, { ...rig.made('Two'), spec }).connection).toBe('offline');
  });

  it('the newest runner of a host counts: the older socket is closed with 4409 and no longer heard', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const claimed = { agentUid: spec.agentUid, generation: 1, healthy: true };
    expect(closes(rig.hello(HOST_A, [claimed], 'newer'))).toEqual([[`h:${HOST_A}`, 4409]]);
    expect(rig.do({ type: 'left', connection: `h:${HOST_A}` })).toEqual([]);
    const late = rig.hostSays({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy: false } });
    expect(closes(late)).toEqual([[`h:${HOST_A}`, 4400]]);
    expect(rig.lobby.online.get(HOST_A)?.connection).toBe('newer');
  });

  it('[X4] a host that is not enrolled, or says it is another, is closed with 4401', () => {
    const rig = rigWithHost();
    expect(closes(rig.hello(HOST_B))).toEqual([[`h:${HOST_B}`, 4401]]);
    rig.enrol(HOST_B);
    const payload = { hostId: HOST_A, version: '1', facts: facts(), agents: [] };
    const message = { type: 'runner:hello', payload } as const;
    expect(closes(rig.hostSays(message, HOST_B))).toEqual([[`h:${HOST_B}`, 4401]]);
  });

  it('[S13] a host that says too much of itself is refused', () => {
    const roots = Array.from({ length: 10 }, (_, index) => `/${index}`.padEnd(2_000, 'x'));
    const rig = rigWithHost();
    expect(closes(rig.hello(HOST_A, [], 'h2', roots))).toEqual([['h2', 4400]]);
  });

  it('[L] a team has at most 1,000 hosts, and as many as fit the list', () => {
    const many = (count: number, name: string) => {
      const rig = new Rig();
      for (let index = 0; index < count; index += 1) {
        const host = { hostId: HostIdSchema.parse(uuid(index)), name, publicKey: 'k' };
        if (enrolRefusal(rig.lobby, host) !== null) return index;
        rig.lobby.hosts.set(host.hostId, host);
      }
      const renamed = { hostId: HostIdSchema.parse(uuid(0)), name: 'renamed', publicKey: 'k' };
      expect(enrolRefusal(rig.lobby, renamed)).toBeNull();
      return count;
    };
    expect(many(1_001, 'x')).toBe(1_000);
    expect(many(1_001, '\u{1f4bb}'.repeat(100))).toBeLessThan(900);
  });

  it('the connection of its agents goes with a host, and with the link of each keeper', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const seen = (out: ReturnType<Rig['do']>) =>
      broadcasts(out, 'agent:status').map(({ agentId, connection }) => [agentId, connection]);
    const linked = (healthy: boolean) =>
      rig.hostSays({ type: 'keeper:link', payload: { agentUid: spec.agentUid, healthy } });
    expect(seen(linked(false))).toEqual([['one', 'offline']]);
    expect(linked(false)).toEqual([]);
    expect(seen(linked(true))).toEqual([['one', 'online']]);
    const gone = rig.do({ type: 'left', connection: `h:${HOST_A}` });
    expect(seen(gone)).toEqual([['one', 'offline']]);
    expect(broadcasts(gone, 'host:list')[0]?.hosts).toMatchObject([{ connection: 'offline', lastSeen: NOW }]);
    const back = rig.hello(HOST_A, [{ agentUid: spec.agentUid, generation: 1, healthy: true }]);
    expect(seen(back)).toEqual([['one', 'online']]);
  });

  it('after a wake a host is online as before, after a reset it is not', () => {
    const rig = rigWithHost();
    const row = rig.made();
    rig.sleep();
    expect(summaryOf(rig.lobby, row).connection).toBe('online');
    rig.reset();
    expect(summaryOf(rig.lobby, row).connection).toBe('offline');
  });

  it('a new spec that the host refuses is told as agent:error, and the agent goes on', () => {
    const rig = rigWithHost();
    rig.made();
    const program = { command: 'vim', args: [] };
    const payload = { agentId: 'one' as never, program };
    const out = rig.says({ type: 'agent:update', payload }, 'u');
    expect(told(out, 'agent:place')).toMatchObject([{ generation: 1, spec: { program } }]);
    expect(acks(out)).toMatchObject([{ success: true, result: { agentId: 'one' } }]);
    const error = { code: 'AGENT_SPAWN_FAILED', number: 2002, message: 'no', recoverable: true } as const;
    expect(broadcasts(rig.placed({ error }), 'agent:error')).toEqual([
      { agentId: 'one', error: { code: 'AGENT_SPAWN_FAILED', message: 'no' } },
    ]);
    expect(rig.uidOf('one')).not.toBeNull();
  });

  it('[X5] what it says of an agent is about that agent: who may not see it does not hear it', () => {
    const rig = rigWithHost();
    rig.made('One', { labels: { team: 'web' } });
    rig.says({ type: 'agent:update', payload: { agentId: 'one' as never, restart: 'always' } }, 'u');
    const error = { code: 'AGENT_SPAWN_FAILED', number: 2002, message: 'no', recoverable: true } as const;
    const about = rig
      .placed({ error })
      .flatMap((effect) =>
        effect.type === 'broadcast' && effect.message.type === 'agent:error' ? [effect.about] : [],
      );
    expect(about).toMatchObject([{ agentId: 'one', labels: { team: 'web' } }]);
  });

  it('[X7] what is secret and whether it is masked is the agent’s, told to its host and kept', () => {
    const rig = rigWithHost();
    rig.made('One', { secrets: ['LICENCE'], redaction: false });
    const spec = () => rig.store.load().agents[0]?.spec;
    expect(spec()).toMatchObject({ secrets: ['LICENCE'], redaction: false });
    const payload = { agentId: 'one' as never, secrets: [], redaction: true };
    const out = rig.says({ type: 'agent:update', payload }, 'u');
    expect(told(out, 'agent:place')).toMatchObject([{ spec: { secrets: [], redaction: true } }]);
    expect(spec()).toMatchObject({ secrets: [], redaction: true });
  });

  it('an update is told to the room until it has heard it, over a reset too', () => {
    const rig = rigWithHost();
    rig.made();
    rig.says({ type: 'agent:update', payload: { agentId: 'one' as never, name: 'Uno' } }, 'u');
    rig.roomPlaced(false);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['place-room']);
    rig.roomPlaced();
    expect(rig.reset()).toEqual([]);
    expect(rig.store.load().agents).toMatchObject([{ spec: { name: 'Uno', agentId: 'one' } }]);
  });

  it('a room that has heard of the spec before the last does not count as knowing', () => {
    const rig = rigWithHost();
    const { spec, generation } = rig.made();
    rig.says({ type: 'agent:update', payload: { agentId: spec.agentId, name: 'Uno' } }, 'u1');
    const host = { keyRevision: 1, revoked: false };
    rig.do({ type: 'placed', placement: { spec, generation }, host, ok: true });
    expect(rig.store.load().agents).toMatchObject([{ roomKnows: false }]);
    rig.roomPlaced();
    expect(rig.store.load().agents).toMatchObject([{ roomKnows: true }]);
  });

  it('agent:delete works while the host is offline, and buries the room until it has heard it', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    rig.do({ type: 'left', connection: `h:${HOST_A}` });
    const out = rig.says({ type: 'agent:delete', payload: { agentId: spec.agentId } }, 'd');
    expect(acks(out)).toMatchObject([{ success: true }]);
    expect(broadcasts(out, 'agent:deleted')).toEqual([{ agentId: 'one', agentUid: spec.agentUid }]);
    rig.roomBuried(false);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['bury-room']);
    rig.roomBuried();
    expect(rig.reset()).toEqual([]);
    expect(told(rig.hello(), 'lobby:welcome')).toEqual([{ agents: [] }]);
  });
});

describe('reports', () => {
  it('[R3] are told to all before they are stored; older ones of the same start are ignored', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const report = (summaryRevision: number, status: 'running' | 'stopped') =>
      rig.do({
        type: 'reported',
        report: { agentUid: spec.agentUid, generation: 1, summaryRevision, summary: summary({ status }) },
      });
    const first = report(5, 'running');
    expect(first.map((effect) => effect.type)).toEqual(['broadcast', 'commit']);
    expect(broadcasts(first, 'agent:status')).toMatchObject([{ status: 'running', agent: { name: 'One' } }]);
    for (const revision of [5, 4]) expect(report(revision, 'stopped')).toEqual([]);
    expect(report(6, 'stopped')).toHaveLength(2);
    rig.reset();
    expect(report(6, 'running')).toEqual([]);
    expect(report(7, 'running')).toHaveLength(2);
  });

  it('[R3] who watches is told, stored and acked together, and older words of it are ignored', () => {
    const rig = rigWithHost();
    const uids = ['one', 'two'].map((name) => rig.made(name).spec.agentUid);
    const report = (agentUid: AgentUid, summaryRevision: number, over: Partial<RoomSummary>) => {
      const said = { agentUid, generation: 1, summaryRevision, summary: summary(over) };
      return { said, out: rig.do({ type: 'reported', report: said }) };
    };
    for (const uid of uids) report(uid, 1, {});
    const [newest] = uids.map((uid) => report(uid, 3, { viewers: 3 }));
    for (const uid of uids) expect(report(uid, 2, { viewers: 2 }).out).toEqual([]);
    expect(newest?.out).toEqual([]);
    expect(newest && ackedRevision(rig.lobby, newest.said)).toBe(1);
    const out = rig.do({ type: 'counted' });
    expect(out.map((effect) => effect.type)).toEqual(['broadcast', 'broadcast', 'commit']);
    expect(broadcasts(out, 'agent:status').map(({ agent }) => agent.viewers)).toEqual([3, 3]);
    expect(newest && ackedRevision(rig.lobby, newest.said)).toBe(3);
    expect(rig.do({ type: 'counted' })).toEqual([]);
  });

  it('[R3] a change of status takes along who watches, and nothing waits any more', () => {
    const rig = rigWithHost();
    const { agentUid } = rig.made().spec;
    const report = (summaryRevision: number, over: Partial<RoomSummary>) =>
      rig.do({
        type: 'reported',
        report: { agentUid, generation: 1, summaryRevision, summary: summary(over) },
      });
    report(1, {});
    report(2, { viewers: 1 });
    const out = report(3, { viewers: 1, status: 'stopped' });
    expect(broadcasts(out, 'agent:status')).toMatchObject([{ status: 'stopped', agent: { viewers: 1 } }]);
    expect(rig.do({ type: 'counted' })).toEqual([]);
  });

  it('[R3][N1] who watched an agent that is gone, or its start before, is told to nobody', () => {
    const rig = rigWithHost();
    const { agentUid, agentId } = rig.made().spec;
    const report = (summaryRevision: number, viewers: number) =>
      rig.do({
        type: 'reported',
        report: { agentUid, generation: 1, summaryRevision, summary: summary({ viewers }) },
      });
    report(1, 0);
    report(2, 1);
    rig.says({ type: 'agent:delete', payload: { agentId } }, 'd1');
    expect(rig.do({ type: 'counted' })).toEqual([]);
  });

  it('[N1] of an agent that is gone bury its room, and are not acked until it is', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    rig.says({ type: 'agent:delete', payload: { agentId: spec.agentId } }, 'd1');
    rig.roomBuried();
    // A placement that was under way comes to the room only now, and the room says so.
    const report = { agentUid: spec.agentUid, generation: 1, summaryRevision: 9, summary: summary() };
    const buried = rig.do({ type: 'reported', report });
    expect(buried.filter((effect) => effect.type === 'bury-room')).toEqual([
      { type: 'bury-room', agentUid: spec.agentUid },
    ]);
    expect(ackedRevision(rig.lobby, report)).toBeLessThan(9);
    // It is one errand, however often the room says it, and a reset does not lose it.
    expect(rig.do({ type: 'reported', report })).toEqual([]);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['bury-room']);
    rig.roomBuried();
    expect(rig.reset()).toEqual([]);
  });

  it('of a create that is under way are kept and told to nobody', () => {
    const rig = rigWithHost();
    rig.create();
    const uid = rig.lobby.names.get('one') ?? agentUid(0);
    const report = { agentUid: uid, generation: 1, summaryRevision: 1, summary: summary({ pid: 7 }) };
    expect(rig.do({ type: 'reported', report }).map((effect) => effect.type)).toEqual(['commit']);
    rig.roomPlaced();
    expect(broadcasts(rig.placed(), 'agent:list')[0]?.agents).toMatchObject([{ status: 'running', pid: 7 }]);
  });
});

describe('the sweep', () => {
  it('[H1] 60 s of silence is death; it looks again when the next could be dead, at least 10 s later', () => {
    const peers = [
      { connection: 'dead', heard: NOW - 60_000 },
      { connection: 'old', heard: NOW - 59_999 },
      { connection: 'new', heard: NOW },
    ];
    expect(sweep(peers, NOW)).toEqual({ dead: ['dead'], next: NOW + 10_000 });
    expect(sweep([{ connection: 'new', heard: NOW }], NOW + 30_000)).toEqual({
      dead: [],
      next: NOW + 60_000,
    });
    expect(sweep([], NOW)).toEqual({ dead: [], next: null });
  });
});
