import { wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { serverTime } from '../../src/connection/index.ts';
import type { TeamEvent } from '../../src/team/index.ts';
import { agentId, agentSummary, agentUid } from '../stream/support.ts';
import { emitted, LOBBY, ROOM, sent, TeamRig, types } from './rig.ts';

const create = { type: 'agent:create', payload: { name: 'New', kind: 'process' } } as const;
const start = { type: 'agent:start', payload: { agentId } } as const;

describe('a team', () => {
  it('[M5] dials the lobby at once, and tells who is signed in and what there is', () => {
    const rig = new TeamRig();
    expect(rig.effects).toMatchObject([{ type: 'dial', key: LOBBY, path: '/ws/dashboard', token: null }]);
    const effects = rig.letIn(LOBBY);
    expect(emitted(effects, 'connection')).toMatchObject([{ name: 'connected' }]);
    expect(emitted(effects, 'member')).toMatchObject([{ role: 'admin' }]);
    rig.receive(LOBBY, { type: 'host:list', payload: { hosts: [] } });
    expect(
      emitted(rig.receive(LOBBY, { type: 'agent:list', payload: { agents: [agentSummary()] } }), 'agents'),
    ).toEqual([[agentSummary()]]);
    expect(emitted(rig.effects, 'hosts')).toEqual([[]]);
  });

  it('[X5] passes on a change of the member, and notices', () => {
    const rig = new TeamRig();
    rig.letIn(LOBBY);
    expect(
      emitted(rig.receive(LOBBY, { type: 'system:message', payload: { message: 'm' } }), 'notice'),
    ).toEqual([{ level: 'info', message: 'm' }]);
    const fault = rig.receive(LOBBY, { type: 'error', payload: wireError('INTERNAL_ERROR', 'oh') });
    expect(emitted(fault, 'notice')).toEqual([{ level: 'error', message: 'oh' }]);
  });

  it('[N1] tells the feeds of an agent that was deleted', () => {
    const rig = TeamRig.reading();
    rig.letIn(LOBBY);
    const payload = { agentId, agentUid: agentUid(1) };
    expect(emitted(rig.receive(LOBBY, { type: 'agent:deleted', payload }), 'gone')).toMatchObject([
      { code: 'AGENT_NOT_FOUND' },
    ]);
  });

  it('[I1] sends requests of an agent to its room and others to the lobby', () => {
    const rig = new TeamRig();
    rig.letIn(LOBBY);
    expect(rig.ask('a', create)).toMatchObject([{ type: 'send', key: LOBBY, id: 'a' }]);
    rig.ask('b', start);
    expect(sent(rig.letIn(ROOM), 'agent:start')).toMatchObject([{ key: ROOM, id: 'b' }]);
  });

  it('[I1] names a repeat’s first sending by the server’s clock', () => {
    const rig = new TeamRig();
    rig.receive(LOBBY, { type: 'heartbeat', payload: {} }, 500_000);
    rig.letIn(LOBBY);
    expect(sent(rig.ask('a', create), 'agent:create')).toMatchObject([{ askedAt: 500_000 }]);
    rig.pass(100);
    rig.lose(LOBBY);
    rig.pass(500);
    expect(sent(rig.letIn(LOBBY), 'agent:create')).toMatchObject([{ id: 'a', askedAt: 500_000 }]);
    expect(serverTime(rig.team.clock, rig.now, 0)).toBe(500_600);
  });

  it('[I1] fails what waits when it is closed, and what is asked later', () => {
    const rig = new TeamRig();
    rig.ask('a', create);
    rig.ask('b', start);
    const failed = rig.take({ type: 'close' }).filter(({ type }) => type === 'failed');
    expect(failed).toMatchObject([
      { id: 'b', outcome: 'unsent' },
      { id: 'a', outcome: 'unsent' },
    ]);
    expect(rig.ask('c', create)).toMatchObject([{ type: 'failed', id: 'c', outcome: 'unsent' }]);
    expect(rig.pass(1e9)).toEqual([]);
  });

  it('[I1] a refusal answers what was not sent with the server’s own error', () => {
    const rig = new TeamRig();
    rig.ask('a', create);
    rig.receive(LOBBY, { type: 'error', payload: wireError('AUTH_FAILED', 'signed out') });
    const effects = rig.lose(LOBBY, 4401);
    expect(effects.filter(({ type }) => type === 'failed')).toMatchObject([
      { id: 'a', error: { code: 'AUTH_FAILED' }, outcome: 'unsent' },
    ]);
    expect(rig.team.lobby.channel.shown).toMatchObject({ reason: 'refused', code: 4401 });
  });

  it('[I1] an ack that is no success fails its request with the server’s error', () => {
    const rig = new TeamRig();
    rig.letIn(LOBBY);
    rig.ask('a', create);
    rig.ask('b', create);
    const error = wireError('INVALID_STATE', 'no');
    const refused = rig.receive(LOBBY, { type: 'ack', payload: { messageId: 'a', success: false, error } });
    expect(refused).toMatchObject([{ type: 'failed', id: 'a', error }]);
    const bare = rig.receive(LOBBY, { type: 'ack', payload: { messageId: 'b', success: false } });
    expect(bare).toMatchObject([{ type: 'failed', id: 'b', error: { code: 'INTERNAL_ERROR' } }]);
  });

  it('[M9] tries every socket at once when a person asks, and asks each whether it lives when a machine woke', () => {
    const rig = TeamRig.reading();
    rig.letIn(LOBBY);
    expect(types(rig.take({ type: 'wake' }))).toEqual(['ping', 'ping']);
    rig.take({ type: 'received', key: ROOM, dial: 1, isMessage: false });
    rig.lose(LOBBY);
    rig.lose(ROOM);
    expect(types(rig.take({ type: 'retry' })).filter((type) => type === 'dial')).toHaveLength(2);
  });
});

describe('tokens', () => {
  it('[M5] go first on a socket', () => {
    const rig = new TeamRig({ freshToken: 'each-dial' });
    expect(rig.effects).toMatchObject([{ type: 'get-token', key: LOBBY, dial: 1 }]);
    const token = { type: 'token', key: LOBBY, dial: 1, token: 't' } as const;
    expect(rig.take(token)).toMatchObject([{ type: 'dial', token: 't', transport: 'socket' }]);
  });

  it('[M11] are renewed in band, and asked for again where that failed', () => {
    const rig = new TeamRig({ freshToken: 'when-expired' });
    rig.letIn(LOBBY);
    const expiring = { type: 'auth:expiring', payload: { expiresAt: rig.now + 60_000 } } as const;
    expect(types(rig.receive(LOBBY, expiring))).toEqual(['renew-token']);
    rig.take({ type: 'no-token', key: LOBBY });
    expect(types(rig.pass(5_000))).toEqual(['renew-token']);
    const [refresh] = sent(rig.take({ type: 'new-token', key: LOBBY, token: 't' }), 'auth:refresh');
    const payload = { messageId: refresh?.id ?? '', success: false } as const;
    rig.receive(LOBBY, { type: 'ack', payload });
    expect(types(rig.pass(5_000))).toEqual(['renew-token']);
    const [again] = sent(rig.take({ type: 'new-token', key: LOBBY, token: 't' }), 'auth:refresh');
    expect(rig.ack(LOBBY, again?.id ?? '')).toEqual([]);
    expect(types(rig.pass(15_000))).toEqual(['ping']);
  });
});

describe('polls', () => {
  /** Three sockets that come to nothing, and a server that answers. */
  function polling(): TeamRig {
    const rig = new TeamRig();
    for (let dial = 1; dial <= 3; dial += 1) {
      rig.lose(LOBBY);
      if (dial < 3) rig.take({ type: 'retry' });
    }
    expect(types(rig.effects)).toContain('ask-server');
    rig.take({ type: 'server-asked', answered: true }, { type: 'retry' });
    return rig;
  }

  it('[M10] begin when three sockets came to nothing and the server answers', () => {
    const rig = polling();
    const dials = rig.effects.filter((effect) => effect.type === 'dial');
    expect(dials.map(({ transport }) => transport)).toEqual(['socket', 'socket', 'socket', 'poll']);
    expect(emitted(rig.letIn(LOBBY), 'connection')).toMatchObject([{ name: 'connected', polling: true }]);
  });

  it('[M10] end, all of them, when a socket that is tried every 30 s works', () => {
    const rig = polling();
    rig.letIn(LOBBY);
    expect(types(rig.pass(30_000))).toContain('probe');
    rig.take({ type: 'received', key: LOBBY, dial: 4, isMessage: false });
    expect(types(rig.pass(10_000))).toContain('drop-probe');
    rig.take({ type: 'received', key: LOBBY, dial: 4, isMessage: false });
    expect(types(rig.pass(30_000))).toContain('probe');
    expect(types(rig.take({ type: 'probe-answered' }))).toEqual(['drop-probe', 'retire']);
    rig.lose(LOBBY, 1001);
    rig.pass(500);
    expect(rig.effects.filter((effect) => effect.type === 'dial').at(-1)).toMatchObject({
      transport: 'socket',
    });
  });

  it('[M10] a server that does not answer is asked again after the next failure, once at a time', () => {
    const rig = new TeamRig();
    for (let dial = 0; dial < 5; dial += 1) {
      rig.lose(LOBBY);
      rig.take({ type: 'retry' });
    }
    expect(types(rig.effects).filter((type) => type === 'ask-server')).toHaveLength(1);
    rig.take({ type: 'server-asked', answered: false });
    expect(types(rig.lose(LOBBY))).toContain('ask-server');
  });
});

describe('for any sequence of events', () => {
  const key = fc.constantFrom(LOBBY, 'room:1', 'room:2', 'room:3');
  const feed = fc.integer({ min: 1, max: 3 });
  const event = fc.oneof<fc.Arbitrary<TeamEvent | { readonly type: 'let-in'; readonly key: string }>[]>(
    key.map((one) => ({ type: 'let-in' as const, key: one })),
    fc.record({
      type: fc.constant('lost' as const),
      key,
      dial: fc.nat(4),
      code: fc.constantFrom(1006, 4404),
    }),
    fc.record({ type: fc.constant('unreadable' as const), key }),
    feed.map((one) => ({
      type: 'open-feed' as const,
      feed: one,
      agentId,
      after: null,
      history: 'full' as const,
    })),
    fc.record({ type: fc.constantFrom('listen', 'close-feed', 'retry-feed'), feed }),
    feed.map((one) => ({
      type: 'input' as const,
      feed: one,
      input: { data: 'x', answer: false, commandId: undefined },
    })),
    fc.constantFrom<TeamEvent>({ type: 'retry' }, { type: 'wake' }, { type: 'tick' }),
  );
  const script = fc.array(fc.tuple(event, fc.nat(20_000), fc.boolean()), { maxLength: 60 });

  it('[I1] every request has one outcome, each room is closed in the end, and no timer is left', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const rig = new TeamRig();
        const open = new Set<number>();
        for (const [index, [step, ms, asks]] of steps.entries()) {
          if (step.type === 'let-in') rig.letIn(step.key);
          else if (step.type !== 'open-feed' || !open.has(step.feed)) rig.take(step);
          if (step.type === 'open-feed') open.add(step.feed);
          if (step.type === 'close-feed') open.delete(step.feed);
          if (asks) rig.ask(`${index}`, start);
          rig.pass(ms);
        }
        for (const one of open) rig.take({ type: 'close-feed', feed: one });
        // The last request has its time, and then the sockets linger.
        rig.pass(60_000);
        expect(rig.team.rooms.size).toBe(0);
        const outcomes = rig.effects.flatMap((effect) =>
          effect.type === 'failed' || effect.type === 'done' ? [effect.id] : [],
        );
        expect(new Set(outcomes).size).toBe(outcomes.length);
        expect(outcomes).toHaveLength(steps.filter(([, , asks]) => asks).length);
        rig.take({ type: 'close' });
        expect(rig.pass(1e9)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
