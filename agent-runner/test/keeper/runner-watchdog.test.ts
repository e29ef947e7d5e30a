import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Log } from '../../src/host/log.ts';
import { runKeeper } from '../../src/keeper/main.ts';
import { IDLE_TIMEOUT_MS, RunnerWatchdog } from '../../src/keeper/runner-watchdog.ts';
import { TestHost } from '../support/host.ts';

/** A keeper's runner watchdog, under a manual clock. */
function alone() {
  const state = { now: 0, restSince: 0 as number | null, stop: false, ends: [] as string[] };
  let due: number | null = null;
  let ring: () => void = () => {};
  const it = new RunnerWatchdog({
    now: () => state.now,
    atRestSince: () => state.restSince,
    isStopRequested: () => state.stop,
    end: (why) => void state.ends.push(why),
    alarm: (rings) => {
      ring = rings;
      return {
        set: (at) => {
          due = at;
        },
      };
    },
  });
  const pass = (ms: number) => {
    const until = state.now + ms;
    while (due !== null && due <= until && state.ends.length === 0) {
      state.now = due;
      due = null;
      ring();
    }
    state.now = until;
  };
  return { it, state, pass, isWaiting: () => due !== null };
}

describe('[P11] a keeper without a runner', () => {
  test('and without anything to do ends itself after 10 minutes', () => {
    const { state, pass } = alone();
    pass(IDLE_TIMEOUT_MS - 1_000);
    expect(state.ends).toEqual([]);
    pass(1_000);
    expect(state.ends).toEqual(['idle']);
  });

  test('stays while something runs, and 10 minutes longer', () => {
    const { state, pass } = alone();
    state.restSince = null;
    pass(10 * IDLE_TIMEOUT_MS);
    state.restSince = state.now;
    pass(IDLE_TIMEOUT_MS - 1_000);
    expect(state.ends).toEqual([]);
    pass(2_000);
    expect(state.ends).toEqual(['idle']);
  });

  test('that finds one stays, looks at nothing meanwhile, and begins anew when that one goes', () => {
    const { it, state, pass, isWaiting } = alone();
    pass(IDLE_TIMEOUT_MS / 2);
    it.connectionsChanged(1);
    expect(isWaiting()).toBe(false);
    state.stop = true;
    pass(10 * IDLE_TIMEOUT_MS);
    state.stop = false;
    it.connectionsChanged(2);
    it.connectionsChanged(1);
    it.connectionsChanged(0);
    pass(IDLE_TIMEOUT_MS - 1_000);
    expect(state.ends).toEqual([]);
    pass(1_000);
    expect(state.ends).toEqual(['idle']);
  });

  test('is not kept by a status request every minute', () => {
    const { it, state, pass } = alone();
    for (let minute = 0; minute < 11; minute += 1) {
      it.connectionsChanged(1);
      pass(100);
      it.connectionsChanged(0);
      pass(60_000);
    }
    expect(state.ends).toEqual(['idle']);
  });

  test('[P2] ends as soon as its host is meant to stop, whatever runs', () => {
    const { it, state, pass } = alone();
    state.restSince = null;
    it.connectionsChanged(1);
    state.stop = true;
    pass(1_000);
    expect(state.ends).toEqual([]);
    it.connectionsChanged(0);
    expect(state.ends).toEqual(['stop']);
    const late = alone();
    late.pass(5_000);
    late.state.stop = true;
    late.pass(1_000);
    expect(late.state.ends).toEqual(['stop']);
  });
});

test('[P11] a real keeper that has nothing to do ends, and one whose program runs stays until that has ended', async () => {
  const host = await TestHost.make();
  const log = new Log('silent', {}, () => {});
  const keep = (placement: ReturnType<TestHost['placement']>, start: boolean) => {
    host.data.agent(placement.spec.agentUid).savePlacement(placement);
    return runKeeper({ data: host.data, agentUid: placement.spec.agentUid, start, log, idleTimeoutMs: 20 });
  };
  try {
    expect(await keep(host.placement({ kind: 'process', autostart: false }), false)).toBe(true);
    const busy = host.shell('process', `read line # ${randomUUID()}`);
    const uid = busy.spec.agentUid;
    const ended = keep(busy, true);
    await host.server.status(uid, 'running');
    host.server.send(uid, { type: 'program:input', payload: { data: '\n', encoding: 'utf8' } });
    await host.server.status(uid, 'stopped', 2);
    expect(await ended).toBe(true);
    expect(host.server.room(uid).events.filter(({ type }) => type === 'program:status')).toHaveLength(4);
  } finally {
    await host.end();
  }
});
