import { wireError } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { Supervisor, type SupervisorEffect, type SupervisorInput } from '../../src/keeper/supervisor.ts';

type Line = string;

/** A supervisor whose effects read as short lines: `status running`, `done r1`, `done r2 INVALID_STATE`. */
function supervised(policy: 'never' | 'on-failure' | 'always' = 'never', hasProgram = true) {
  const it = new Supervisor({ hasProgram, policy });
  const say = (input: SupervisorInput, now = 0): Line[] => it.handle(input, now).map(lineOf);
  return { it, say };
}

function lineOf(effect: SupervisorEffect): Line {
  switch (effect.type) {
    case 'status': {
      const { status, reason } = effect.state;
      return reason === undefined ? `status ${status}` : `status ${status} (${reason})`;
    }
    case 'done':
      return `done ${effect.requestId}${effect.error === undefined ? '' : ` ${effect.error.code}`}`;
    case 'terminate':
      return effect.force ? 'kill' : 'terminate';
    case 'wanted':
      return effect.running ? 'wanted' : 'unwanted';
    case 'timer':
      return `timer ${effect.at}`;
    default:
      return effect.type;
  }
}

const running = (policy: 'never' | 'on-failure' | 'always' = 'never') => {
  const it = supervised(policy);
  it.say({ type: 'start' });
  it.say({ type: 'started', pid: 7 });
  return it;
};

describe('[M2] starting', () => {
  test('is reported as starting, then running, then done', () => {
    const { say, it } = supervised();
    expect(say({ type: 'start', requestId: 'r' })).toEqual([
      'wanted',
      'timer null',
      'status starting',
      'spawn',
    ]);
    expect(say({ type: 'started', pid: 7 }, 5)).toEqual(['status running', 'done r']);
    expect(it.state).toEqual({ status: 'running', pid: 7, startedAt: 5 });
  });

  test('that is refused leaves it crashed, and reports why', () => {
    const { say } = supervised();
    say({ type: 'start', requestId: 'r' });
    const error = wireError('AGENT_SPAWN_FAILED', 'program.command: is not there');
    expect(say({ type: 'refused', error })).toEqual([
      'unwanted',
      'status crashed (program.command: is not there)',
      'done r AGENT_SPAWN_FAILED',
    ]);
  });

  test.each(['start', 'resume'] as const)('%s of a running program is INVALID_STATE', (type) => {
    expect(running().say({ type, requestId: 'r' })).toEqual(['done r INVALID_STATE']);
  });

  test('without a program is INVALID_STATE', () => {
    expect(supervised('never', false).say({ type: 'start', requestId: 'r' })).toEqual([
      'done r INVALID_STATE',
    ]);
  });
});

describe('[M2] pausing', () => {
  test('and going on', () => {
    const { say } = running();
    expect(say({ type: 'pause', requestId: 'p' })).toEqual(['pause']);
    expect(say({ type: 'paused' })).toEqual(['status paused', 'done p']);
    expect(say({ type: 'pause', requestId: 'q' })).toEqual(['done q INVALID_STATE']);
    expect(say({ type: 'resume', requestId: 'r' })).toEqual(['resume']);
    expect(say({ type: 'resumed' })).toEqual(['status running', 'done r']);
  });

  test('a program that ends meanwhile is INVALID_STATE', () => {
    const { say } = running();
    say({ type: 'pause', requestId: 'p' });
    expect(say({ type: 'ended', end: { exitCode: 0 } })).toEqual([
      'done p INVALID_STATE',
      'unwanted',
      'status stopped',
    ]);
    expect(say({ type: 'paused' })).toEqual([]);
  });
});

describe('[P2] terminating', () => {
  test('ends as stopped, whatever the exit code', () => {
    const { say, it } = running('always');
    expect(say({ type: 'terminate', force: false, requestId: 't' })).toEqual([
      'unwanted',
      'status stopping',
      'terminate',
    ]);
    expect(say({ type: 'ended', end: { signal: 'SIGTERM' } })).toEqual(['done t', 'status stopped']);
    expect(it.state).toEqual({ status: 'stopped', signal: 'SIGTERM' });
  });

  test('may be forced while it is under way, once', () => {
    const { say } = running();
    say({ type: 'terminate', force: false, requestId: 'a' });
    expect(say({ type: 'terminate', force: true, requestId: 'b' })).toEqual(['unwanted', 'kill']);
    expect(say({ type: 'terminate', force: true, requestId: 'c' })).toEqual(['unwanted']);
    expect(say({ type: 'ended', end: {} })).toEqual(['done a', 'done b', 'done c', 'status stopped']);
  });

  test('a program that is starting waits until it is up', () => {
    const { say } = supervised();
    say({ type: 'start', requestId: 's' });
    expect(say({ type: 'terminate', force: true, requestId: 't' })).toEqual(['unwanted']);
    expect(say({ type: 'started', pid: 7 })).toEqual(['status running', 'done s', 'status stopping', 'kill']);
  });

  test('a stopped program is INVALID_STATE', () => {
    expect(supervised().say({ type: 'terminate', force: true, requestId: 't' })).toEqual([
      'done t INVALID_STATE',
    ]);
  });
});

describe('[M2] restarting', () => {
  test('ends it and starts it, and is done when it runs', () => {
    const { say } = running();
    expect(say({ type: 'restart', force: false, requestId: 'r' })).toEqual([
      'wanted',
      'status stopping',
      'terminate',
    ]);
    expect(say({ type: 'ended', end: {} })).toEqual([
      'status stopped',
      'timer null',
      'status starting',
      'spawn',
    ]);
    expect(say({ type: 'started', pid: 8 })).toEqual(['status running', 'done r']);
  });

  test('starts what is stopped', () => {
    expect(supervised().say({ type: 'restart', force: false, requestId: 'r' })).toContain('spawn');
  });
});

describe('restart policies', () => {
  const fail = { type: 'ended', end: { exitCode: 1 } } as const;

  test('[P10] never: a failure is reported, and no later keeper starts it', () => {
    expect(running('never').say(fail)).toEqual(['unwanted', 'status crashed']);
  });

  test('on-failure: not after a good end', () => {
    expect(running('on-failure').say({ type: 'ended', end: { exitCode: 0 } })).toEqual([
      'unwanted',
      'status stopped',
    ]);
    expect(running('always').say({ type: 'ended', end: { exitCode: 0 } })).toContain(
      'status stopped (restarting in 1 s)',
    );
  });

  test('waits 1, 2, 4 … 30 s, and anew after 60 s up', () => {
    const { say } = running('on-failure');
    const waits: number[] = [];
    let now = 0;
    for (let round = 0; round < 8; round += 1) {
      const timer = say(fail, now).findLast((line) => line.startsWith('timer'));
      const at = Number(timer?.slice('timer '.length));
      waits.push((at - now) / 1000);
      now = at;
      expect(say({ type: 'tick' }, now)).toContain('spawn');
      say({ type: 'started', pid: 7 }, now);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(say(fail, now + 60_000)).toContain('status crashed (restarting in 1 s)');
  });

  test('a person calls the restart off, or does not wait for it', () => {
    const waiting = running('always');
    waiting.say(fail);
    expect(waiting.say({ type: 'terminate', force: false, requestId: 't' })).toEqual([
      'timer null',
      'unwanted',
      'status crashed',
      'done t',
    ]);
    expect(waiting.say({ type: 'tick' }, 99_000)).toEqual([]);
    const eager = running('always');
    eager.say(fail);
    expect(eager.say({ type: 'start' })).toContain('spawn');
  });

  test('[P10] a changed policy calls off a restart that it no longer asks for, and no other', () => {
    const { it, say } = running('always');
    say({ type: 'ended', end: { exitCode: 0 } });
    expect(it.isRestartDue).toBe(true);
    expect(it.configure({ hasProgram: true, policy: 'on-failure' }).map(lineOf)).toEqual([
      'timer null',
      'unwanted',
      'status stopped',
    ]);
    const failed = running('always');
    failed.say(fail);
    expect(failed.it.configure({ hasProgram: true, policy: 'on-failure' })).toEqual([]);
    expect(failed.it.configure({ hasProgram: true, policy: 'never' }).map(lineOf)).toContain('unwanted');
  });

  test('[P4] a program whose keeper was killed counts as failed', () => {
    const { it } = supervised('on-failure');
    expect(it.recover('the keeper was killed', 10).map(lineOf)).toEqual([
      'status crashed (the keeper was killed; restarting in 1 s)',
      'timer 1010',
    ]);
  });

  test('[M2a] a program in a crash loop shows how often it ended, how, and when it is tried next', () => {
    const { it, say } = running('on-failure');
    say(fail, 0);
    expect(it.state.crashes).toEqual({ count: 1, exitCode: 1, nextTryAt: 1_000 });
    say({ type: 'tick' }, 1_000);
    expect(it.state).toMatchObject({ status: 'starting', crashes: { count: 1, exitCode: 1 } });
    expect(say({ type: 'started', pid: 8 }, 1_000)).toEqual(['status running', 'timer 61000']);
    expect(it.state.crashes).toEqual({ count: 1, exitCode: 1 });
    say({ type: 'ended', end: { signal: 'SIGSEGV' } }, 1_500);
    expect(it.state.crashes).toEqual({ count: 2, signal: 'SIGSEGV', nextTryAt: 3_500 });
  });

  test('[M2a] and its crashes are reset once it was up for a minute, or a person started or stopped it', () => {
    const steady = running('on-failure');
    steady.say(fail, 0);
    steady.say({ type: 'tick' }, 1_000);
    steady.say({ type: 'started', pid: 8 }, 1_000);
    expect(steady.say({ type: 'tick' }, 61_000)).toEqual(['status running']);
    expect(steady.it.state).toEqual({ status: 'running', pid: 8, startedAt: 1_000 });
    for (const input of [{ type: 'start' }, { type: 'terminate', force: false }] as const) {
      const stopped = running('always');
      stopped.say(fail, 0);
      stopped.say(input, 10);
      expect(stopped.it.state.crashes).toBeUndefined();
    }
  });
});
