import { HostIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { enrolRefusal } from '../../../../src/team-lobby/core/hosts/host-keys.ts';
import { summaryOf } from '../../../../src/team-lobby/core/summaries.ts';
import { NOW } from '../../../auth/bodies.ts';
import {
  acks,
  broadcasts,
  facts,
  HOST_A,
  HOST_B,
  hostMessages,
  Rig,
  rigWithHost,
  summary,
  uuid,
} from '../rig.ts';

const closes = (out: ReturnType<Rig['do']>) =>
  out.flatMap((effect) => (effect.type === 'close' ? [[effect.connection, effect.code]] : []));

describe('hosts', () => {
  it('lobby:welcome is the whole truth of that host and of no other', () => {
    const rig = rigWithHost();
    rig.enrol(HOST_B);
    const row = rig.made();
    const claimed = { agentUid: row.spec.agentUid, generation: 1, healthy: true };
    expect(hostMessages(rig.hello(HOST_A, [claimed]), 'lobby:welcome')).toEqual([
      { agents: [{ spec: row.spec, generation: 1 }] },
    ]);
    // [N2] Battery 24: another host claims the agent; it is told that it has none.
    expect(hostMessages(rig.hello(HOST_B, [claimed]), 'lobby:welcome')).toEqual([{ agents: [] }]);
  });

  it.each([
    ['never', 'running', true],
    ['never', 'paused', true],
    ['never', 'stopped', false],
    ['never', 'crashed', false],
    ['on-failure', 'crashed', true],
    ['always', 'stopped', false],
  ] as const)(
    '[P10] lobby:welcome says of an agent under %s that is %s: wanted %s',
    (restart, status, wanted) => {
      const rig = rigWithHost();
      const { spec } = rig.made('One', { restart });
      const report = {
        agentUid: spec.agentUid,
        generation: 1,
        summaryRevision: 9,
        summary: summary({ status }),
      };
      rig.do({ type: 'room-reported', report });
      expect(hostMessages(rig.hello(), 'lobby:welcome')[0]?.agents).toMatchObject([{ wanted }]);
    },
  );

  it('[N2] a message of another host about an agent changes nothing', () => {
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

  it('[N1] an agent made again under its name is another one: messages about the old one end that one', () => {
    const rig = rigWithHost();
    const old = rig.made();
    rig.says({ type: 'agent:delete', payload: { agentId: old.spec.agentId } }, 'd');
    const next = rig.made('One', {});
    expect(next.spec.agentUid).not.toBe(old.spec.agentUid);
    const claimed = { agentUid: old.spec.agentUid, generation: 1, healthy: true };
    const welcome = hostMessages(rig.hello(HOST_A, [claimed]), 'lobby:welcome')[0];
    expect(welcome?.agents.map(({ spec }) => spec.agentUid)).toEqual([next.spec.agentUid]);
    const report = { agentUid: old.spec.agentUid, generation: 1, summaryRevision: 99, summary: summary() };
    expect(rig.do({ type: 'room-reported', report })).toEqual([]);
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
    expect(rig.do({ type: 'disconnected', connection: `h:${HOST_A}` })).toEqual([]);
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
    const gone = rig.do({ type: 'disconnected', connection: `h:${HOST_A}` });
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

  it('a new spec that the host refuses is broadcast as agent:error, and the agent goes on', () => {
    const rig = rigWithHost();
    rig.made();
    const program = { command: 'vim', args: [] };
    const payload = { agentId: 'one' as never, program };
    const out = rig.says({ type: 'agent:update', payload }, 'u');
    expect(hostMessages(out, 'agent:place')).toMatchObject([{ generation: 1, spec: { program } }]);
    expect(acks(out)).toMatchObject([{ success: true, result: { agentId: 'one' } }]);
    const error = { code: 'AGENT_SPAWN_FAILED', number: 2002, message: 'no', recoverable: true } as const;
    expect(broadcasts(rig.placed({ error }), 'agent:error')).toEqual([
      { agentId: 'one', error: { code: 'AGENT_SPAWN_FAILED', message: 'no' } },
    ]);
    expect(rig.uidOf('one')).not.toBeNull();
  });

  it('[X5] a host’s message about an agent reaches only members who may see that agent', () => {
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

  it('[X7] secrets and masking belong to the agent: its host receives them, and they are stored', () => {
    const rig = rigWithHost();
    rig.made('One', { secrets: ['LICENCE'], redaction: false });
    const spec = () => rig.store.load().agents[0]?.spec;
    expect(spec()).toMatchObject({ secrets: ['LICENCE'], redaction: false });
    const payload = { agentId: 'one' as never, secrets: [], redaction: true };
    const out = rig.says({ type: 'agent:update', payload }, 'u');
    expect(hostMessages(out, 'agent:place')).toMatchObject([{ spec: { secrets: [], redaction: true } }]);
    expect(spec()).toMatchObject({ secrets: [], redaction: true });
  });

  it('an update is sent to the room until it confirms, over a reset too', () => {
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
    rig.do({ type: 'room-placed', placement: { spec, generation }, host, ok: true });
    expect(rig.store.load().agents).toMatchObject([{ roomKnows: false }]);
    rig.roomPlaced();
    expect(rig.store.load().agents).toMatchObject([{ roomKnows: true }]);
  });

  it('agent:delete works while the host is offline, and buries the room until it has heard it', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    rig.do({ type: 'disconnected', connection: `h:${HOST_A}` });
    const out = rig.says({ type: 'agent:delete', payload: { agentId: spec.agentId } }, 'd');
    expect(acks(out)).toMatchObject([{ success: true }]);
    expect(broadcasts(out, 'agent:deleted')).toEqual([{ agentId: 'one', agentUid: spec.agentUid }]);
    rig.roomDeleted(false);
    expect(rig.reset().map((effect) => effect.type)).toEqual(['delete-room']);
    rig.roomDeleted();
    expect(rig.reset()).toEqual([]);
    expect(hostMessages(rig.hello(), 'lobby:welcome')).toEqual([{ agents: [] }]);
  });
});
