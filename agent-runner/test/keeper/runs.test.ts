import { runBoundary } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { Runs } from '../../src/keeper/last-run.ts';
import { Supervisor } from '../../src/keeper/supervisor.ts';

/** A keeper's memory of runs over a file that outlives it, fed by a supervisor. */
function host(policy: 'never' | 'always' = 'never') {
  let text: string | null = null;
  const file = {
    read: () => text,
    save: (next: string) => {
      text = next;
    },
  };
  return () => {
    const supervisor = new Supervisor({ hasProgram: true, policy });
    const runs = new Runs(file);
    const take = (effects: ReturnType<Supervisor['handle']>, now: number) =>
      effects.flatMap((effect) =>
        effect.type === 'status' && effect.run !== undefined
          ? (runs.follow(effect.run, undefined, now) ?? [])
          : [],
      );
    return {
      say: (input: Parameters<Supervisor['handle']>[0], now: number) =>
        take(supervisor.handle(input, now), now),
      found: (reason: string, now: number) => take(supervisor.recover(reason, now), now),
    };
  };
}

describe('[P7] each start records its cause, and how the previous run ended', () => {
  test('by a person, by the policy, and by the host of a keeper that begins', () => {
    const keeper = host('always');
    const first = keeper();
    expect(first.say({ type: 'start' }, 1)).toEqual([{ by: 'person' }]);
    first.say({ type: 'started', pid: 7 }, 2);
    expect(first.say({ type: 'ended', end: { exitCode: 3 } }, 50)).toEqual([]);
    const ended = { startedAt: 2, endedAt: 50, exitCode: 3 };
    expect(first.say({ type: 'tick' }, 1_050)).toEqual([{ by: 'policy', previous: ended }]);
    first.say({ type: 'started', pid: 8 }, 1_051);
    first.say({ type: 'restart', force: true }, 2_000);
    expect(first.say({ type: 'ended', end: { signal: 'SIGKILL' } }, 2_001)).toEqual([
      { by: 'person', previous: { startedAt: 1_051, endedAt: 2_001, signal: 'SIGKILL' } },
    ]);
    first.say({ type: 'started', pid: 9 }, 2_002);
    first.say({ type: 'ended', end: { exitCode: 0 }, reason: 'the keeper was told to end' }, 3_000);
    const reason = 'the keeper was told to end';
    expect(keeper().say({ type: 'start', by: 'host' }, 9_000)).toEqual([
      { by: 'host', previous: { startedAt: 2_002, endedAt: 3_000, exitCode: 0, reason } },
    ]);
  });

  test('also where its keeper died with it, or it could not be started', () => {
    const keeper = host();
    const first = keeper();
    first.say({ type: 'start' }, 1);
    first.say({ type: 'started', pid: 7 }, 2);
    const second = keeper();
    second.found('the keeper was killed', 60);
    const lost = { startedAt: 2, reason: 'the keeper was killed' };
    expect(second.say({ type: 'start' }, 70)).toEqual([{ by: 'person', previous: lost }]);
    const error = {
      code: 'AGENT_SPAWN_FAILED',
      number: 2002,
      message: 'it is not there',
      recoverable: false,
    } as const;
    second.say({ type: 'refused', error }, 71);
    const [run] = second.say({ type: 'start' }, 80);
    expect(run?.previous).toEqual({ endedAt: 71, reason: 'it is not there' });
    expect(runBoundary({ by: 'person', previous: lost })).toContain(
      'nobody saw it end (the keeper was killed) · ',
    );
    if (run !== undefined)
      expect(runBoundary(run)).toContain('could not be started (it is not there) at 1970');
  });

  test('its line about the previous run contains only text', () => {
    const reason = 'a\x1b[31mb\u009b5m\u202ec\u200bd\ne\u{e0041}f\u3164g';
    expect(runBoundary({ by: 'host', previous: { reason } })).toContain(
      '(a [31mb 5m c d e f g) · restarted with its host',
    );
  });
});
