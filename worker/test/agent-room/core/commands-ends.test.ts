import { CommandIdSchema, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { CommandRig } from './commands-rig.ts';
import { deadlineOf, E1, E2, keeperMessages, sent } from './rig.ts';

describe('a host that is away', () => {
  it('[Q8] AGENT_OFFLINE, unless it may wait; it starts when the host is back', () => {
    const c = new CommandRig();
    c.away();
    expect(c.error(c.ask('now').effects)).toBe('AGENT_OFFLINE agentId');
    const held = c.ask('held', { hold: true });
    expect(c.starts(held.effects)).toEqual([]);
    expect(c.queue(held.effects)?.queue).toMatchObject([{ hold: true, position: 1 }]);
    c.rig.reset();
    expect(c.starts(c.hello())).toEqual(['held']);
  });

  it('[Q5] is sent again what it may not have received, and nothing of what runs', () => {
    const c = new CommandRig(2);
    const one = c.ask('one').commandId;
    c.ask('two');
    c.started(one);
    c.rig.reset();
    expect(c.starts(c.hello())).toEqual(['two']);
  });

  it('[Q5] an epoch that ends loses what was started under it, and starts none of it again', () => {
    const c = new CommandRig(2);
    const one = c.ask('one', { retries: 3 }).commandId;
    c.ask('two');
    c.ask('three');
    c.started(one);
    c.away();
    const back = c.reboot(E2);
    const ends = sent(back, 'v', 'command:status').map(({ status, error }) => `${status} ${error?.code}`);
    expect(ends).toEqual(['failed COMMAND_LOST', 'failed COMMAND_LOST']);
    expect(c.starts(back)).toEqual(['three']);
    expect(keeperMessages(back, 'command:start')).toMatchObject([{ epoch: E2 }]);
  });

  it('[Q5] is told to start nothing before all it had is here', () => {
    const c = new CommandRig();
    c.away();
    c.ask('held', { hold: true });
    expect(c.starts(c.rig.hello('keeper-2', { epoch: E1, last: 9 } as never))).toEqual([]);
    expect(c.starts(c.rig.hello('keeper-3', { epoch: E2, last: 1 } as never))).toEqual([]);
  });

  it('[Q10] what ended meanwhile is told when it comes, after an eviction too', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('long');
    c.started(commandId);
    c.rig.reset();
    c.rig.join('v');
    c.hello();
    expect(c.statuses(c.ended(commandId, { exitCode: 4 }))).toEqual(['failed']);
  });
});

describe('an end that is wanted', () => {
  it('[Q5] [Q11] of one that could not be started is that failure: its first process may have been there', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('one');
    c.send('command:interrupt', { commandId });
    const error = wireError('RESOURCE_EXHAUSTED', 'It was not started: the disk is full');
    const told = sent(c.ended(commandId, { interrupted: true, error }), 'v', 'command:status');
    expect(told).toMatchObject([{ status: 'failed', error }]);
    expect(c.rig.room.commands.get(CommandIdSchema.parse(commandId))?.life).toMatchObject({
      error,
      reason: null,
    });
  });

  it('[Q7] of one that runs is an interruption, whatever was left of it', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('one');
    c.started(commandId);
    c.send('command:interrupt', { commandId });
    const error = wireError('INTERNAL_ERROR', 'program: still there: 7');
    expect(c.statuses(c.ended(commandId, { interrupted: true, error }))).toEqual(['interrupted']);
  });

  it('[Q7] what waits is cancelled; what runs is interrupted, and says so when it did', () => {
    const c = new CommandRig();
    const runs = c.ask('runs').commandId;
    const waits = c.ask('waits').commandId;
    expect(c.statuses(c.send('command:interrupt', { commandId: waits }))).toEqual(['cancelled']);
    c.started(runs);
    const asked = c.send('command:interrupt', { commandId: runs, reason: 'too long' });
    expect(keeperMessages(asked, 'command:interrupt')).toEqual([
      { epoch: E1, commandId: runs, force: false },
    ]);
    expect(c.queue(asked)?.running).toMatchObject([{ stopping: true }]);
    const forced = c.send('command:interrupt', { commandId: runs, force: true });
    expect(keeperMessages(forced, 'command:interrupt')).toMatchObject([{ force: true }]);
    const [end] = sent(c.ended(runs, { signal: 'SIGINT', interrupted: true }), 'v', 'command:status');
    expect(end).toMatchObject({ status: 'interrupted', signal: 'SIGINT', reason: 'too long' });
    expect(c.error(c.send('command:interrupt', { commandId: runs }))).toBe('INVALID_STATE commandId');
  });

  it('[Q7] a host that is away gets the interrupt when it is back, and starts nothing that was cancelled', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs');
    c.away();
    c.send('command:interrupt', { commandId });
    const back = c.hello();
    expect(c.starts(back)).toEqual([]);
    expect(keeperMessages(back, 'command:interrupt')).toMatchObject([{ commandId }]);
    expect(c.statuses(c.ended(commandId, { interrupted: true }))).toEqual(['cancelled']);
  });

  it('[Q6] [H2] the room gives up on a host that vanished, and its late word counts all the same', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs', { timeout: 1_000 });
    c.started(commandId);
    c.away();
    const due = deadlineOf(c.rig);
    expect(due).toBe(c.rig.now + 1_000 + ROOM_LIMITS.commandSilence);
    c.rig.now = due ?? 0;
    const [given] = sent(c.rig.do({ type: 'alarm' }), 'v', 'command:status');
    expect(given).toMatchObject({ status: 'failed', error: { code: 'COMMAND_TIMEOUT' } });
    c.hello();
    expect(c.statuses(c.ended(commandId, { exitCode: 0 }))).toEqual(['completed']);
    expect(c.statuses(c.ended(commandId, { exitCode: 1 }))).toEqual([]);
  });

  it('[H2] a keeper that does not answer a start is given up on after 30 s', () => {
    const c = new CommandRig();
    c.ask('runs');
    c.rig.now += ROOM_LIMITS.requestTimeout;
    const [given] = sent(c.rig.do({ type: 'alarm' }), 'v', 'command:status');
    expect(given).toMatchObject({ status: 'failed', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect(deadlineOf(c.rig)).toBe(c.rig.now + ROOM_LIMITS.requestMemory - ROOM_LIMITS.requestTimeout);
  });
});

describe('tries', () => {
  it('a command that fails is tried again 1, 2, 4 s later as a command of its own, then failed', () => {
    const c = new CommandRig();
    let { commandId } = c.ask('flaky', { retries: 3 });
    for (const [index, delay] of [1_000, 2_000, 4_000].entries()) {
      c.started(commandId);
      const over = c.ended(commandId, { exitCode: 1 });
      const [failed, next] = sent(over, 'v', 'command:status');
      expect([failed, next]).toMatchObject([
        { commandId, status: 'failed', retriedBy: next?.commandId },
        { status: 'queued', attempt: index + 2, retryOf: commandId },
      ]);
      expect(c.starts(over)).toEqual([]);
      expect(deadlineOf(c.rig)).toBe(c.rig.now + delay);
      c.rig.now += delay;
      expect(c.starts(c.rig.do({ type: 'alarm' }))).toEqual(['flaky']);
      commandId = next?.commandId ?? '';
    }
    c.started(commandId);
    expect(c.statuses(c.ended(commandId, { exitCode: 1 }))).toEqual(['failed']);
  });

  it('[H2] one that is due while its host is away wakes nobody; one whose host went silent is looked at later', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('flaky', { retries: 1 });
    c.started(commandId);
    c.ended(commandId, { exitCode: 1 });
    c.rig.lastSeenAt.set('keeper-1', c.rig.now - ROOM_LIMITS.keeperSilence - 1);
    c.rig.now += 1_000;
    expect(c.starts(c.rig.do({ type: 'alarm' }))).toEqual([]);
    expect(deadlineOf(c.rig)).toBe(c.rig.now + ROOM_LIMITS.commandLook);
    c.away();
    expect(deadlineOf(c.rig)).toBeGreaterThan(c.rig.now + ROOM_LIMITS.commandLook);
  });

  it('a person may try again what is over, whatever became of it', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { priority: 'high' });
    c.started(commandId);
    c.ended(commandId);
    const again = c.send('command:retry', { commandId });
    expect(c.starts(again)).toEqual(['ls']);
    const next = String(sent(again, 'v', 'ack')[0]?.result?.['commandId']);
    expect(next).not.toBe(commandId);
    expect(c.queue(again)?.ended).toMatchObject([{ commandId, retriedBy: next }]);
  });

  it('what was interrupted or lost is not tried again', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { retries: 5 });
    c.started(commandId);
    expect(c.statuses(c.ended(commandId, { signal: 'SIGKILL', interrupted: true }))).toEqual(['interrupted']);
  });
});
