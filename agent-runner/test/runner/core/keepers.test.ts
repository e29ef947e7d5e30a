import { AgentUidSchema, type Placement } from '@muster/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { ModelHost } from './model-host.ts';
import { HOST, specOf, uidOf } from './specs.ts';

const A = AgentUidSchema.parse(uidOf(1));
const B = AgentUidSchema.parse(uidOf(2));
const placement: Placement = { spec: specOf(A), generation: 1 };
const MINUTE = 60_000;

let host: ModelHost;
beforeEach(() => {
  host = new ModelHost();
  host.files.set(A, { placement, isStopped: false });
});

const links = () =>
  host.sent.flatMap(({ type, payload }) => (type === 'keeper:link' ? [payload.healthy] : []));

describe('a keeper', () => {
  test('[P3] that runs is adopted, one that does not is started with its program, without a server', () => {
    host.recover();
    expect(host.run()).toEqual(['adopt', 'spawn']);
    expect(host.keepers.get(A)?.state.status).toBe('running');
    const next = new ModelHost();
    next.files.set(A, { placement, isStopped: false });
    next.keepers.set(A, { generation: 1, linked: true, state: { status: 'running' } });
    next.recover();
    expect(next.run()).toEqual(['adopt']);
  });

  test('[P4] that dies is replaced at once, then after 1, 2, 4 … 30 s while it dies in a row', () => {
    host.recover();
    host.run();
    const waits: number[] = [];
    for (let death = 0; death < 8; death += 1) {
      host.endKeeper(A);
      waits.push((host.timers.get(A) ?? 0) - host.now);
      host.run();
    }
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    host.now += MINUTE;
    host.endKeeper(A);
    expect(host.timers.get(A)).toBe(host.now);
  });

  test('[P4] that does not come up is tried again', () => {
    host.recover();
    host.finish();
    host.failNext();
    expect(host.logged).toEqual(['a keeper did not come up', 'a keeper is not there; it is replaced']);
    expect(host.run()).toEqual(['adopt', 'spawn']);
  });

  test('[N2] that its room refused has archived its agent, which is no more', () => {
    host.recover();
    host.run();
    host.endKeeper(A, 'refused');
    expect(host.run()).toEqual([]);
    expect(host.runner.agents.size).toBe(0);
  });

  test('[N2] that archives its agent after it closed its socket is found out when it is replaced', () => {
    host.recover();
    host.run();
    host.endKeeper(A);
    host.files.delete(A);
    expect(host.run()).toEqual(['adopt']);
    expect(host.runner.agents.size).toBe(0);
  });

  test('[N2] that archives its agent in the middle of a request is no more afterwards', () => {
    host.recover();
    host.run();
    host.place(placement, uidOf(100));
    host.endKeeper(A, 'refused');
    host.run();
    expect(host.sent).toMatchObject([{ payload: { requestId: uidOf(100), error: {} } }]);
    expect(host.runner.agents.size).toBe(0);
  });

  test('[R3] is reported when it finds or loses its room, once the lobby has sent its welcome', () => {
    host.recover();
    host.connect();
    host.run();
    host.link(A, true);
    expect(links()).toEqual([]);
    host.welcome([placement]);
    expect(links()).toEqual([true]);
    host.run();
    host.link(A, false);
    host.link(A, true);
    host.endKeeper(A);
    expect(links()).toEqual([true, false, true, false]);
    host.handle({ type: 'link-lost' });
    host.run();
    host.link(A, true);
    expect(links()).toEqual([true, false, true, false]);
    host.connect();
    expect(host.sent.at(-1)).toEqual({
      type: 'runner:hello',
      payload: { ...HOST, agents: [{ agentUid: A, generation: 1, healthy: true }] },
    });
  });

  test('[R3] that reports a change before its first answer is as it reported', () => {
    host.keepers.set(A, { generation: 1, linked: true, state: { status: 'running' } });
    host.recover();
    host.connect();
    host.welcome([placement]);
    host.handle({ type: 'keeper-linked', agentUid: A, linked: false });
    host.run();
    expect(links()).toEqual([false]);
  });

  test('only the outcome of the newest step counts', () => {
    host.recover();
    const absent = { type: 'absent', hasFiles: false } as const;
    host.handle({ type: 'performed', agentUid: A, step: host.runner.steps - 1, outcome: absent });
    expect(host.actions).toEqual(['adopt']);
    expect(host.run()).toEqual(['adopt', 'spawn']);
  });

  test('of an agent that nobody knows is not heeded', () => {
    host.recover();
    host.run();
    host.handle({ type: 'keeper-linked', agentUid: B, linked: true });
    host.handle({ type: 'keeper-closed', agentUid: B, hasFiles: false });
    host.handle({ type: 'timer', agentUid: B });
    host.handle({ type: 'timer', agentUid: A });
    expect(host.run()).toEqual([]);
  });
});

describe('a runner that ends', () => {
  test('[P3] leaves its keepers', () => {
    host.recover();
    host.run();
    host.handle({ type: 'stop', endAgents: false });
    expect(host.isStopped).toBe(true);
    expect(host.keepers.size).toBe(1);
  });

  test('[P2] with its agents ends each at once, whatever is being done, and does not replace it', () => {
    host.files.set(B, { placement: { spec: specOf(B), generation: 1 }, isStopped: false });
    host.recover();
    host.finish();
    host.handle({ type: 'stop', endAgents: true });
    expect(host.actions.filter((action) => action === 'end')).toHaveLength(2);
    while (host.pending.length > 1)
      host.finish(host.actions.indexOf('end') === -1 ? 0 : host.actions.indexOf('end'));
    host.failNext();
    host.welcome([placement]);
    host.handle({ type: 'link-lost' });
    expect(host.isStopped).toBe(true);
    expect([host.files.size, host.timers.size, host.pending.length]).toEqual([2, 0, 0]);
  });

  test('[P2] waits for the last, and reports what it ends', () => {
    host.recover();
    host.connect();
    host.welcome([placement]);
    host.run();
    host.link(A, true);
    host.handle({ type: 'stop', endAgents: true });
    expect(host.isStopped).toBe(false);
    host.finish();
    expect(host.isStopped).toBe(true);
    expect(links()).toEqual([false, true, false]);
    expect(host.files.size).toBe(1);
  });
});
