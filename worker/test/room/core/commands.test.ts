import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/room/core/limits.ts';
import { untaken } from '../../../src/room/core/outbox.ts';
import { nextDuty } from '../../../src/room/core/room.ts';
import { CommandRig } from './commands-rig.ts';
import { commandsIn, commits, dutyOf, E1, E2, sent, told } from './rig.ts';

describe('one command', () => {
  it('[R2] [Q5] [S4a] waits, starts, runs and ends, stored before it is told', () => {
    const c = new CommandRig();
    const { effects, commandId } = c.ask('ls', { timeout: 5_000, environment: { A: 'b' } }, 'm1');
    expect(sent(effects, 'v', 'ack')).toEqual([
      { messageId: 'm1', success: true, result: { commandId, position: 1 } },
    ]);
    expect(told(effects, 'command:start')).toEqual([
      { epoch: E1, commandId, command: 'ls', interactive: false, timeout: 5_000, environment: { A: 'b' } },
    ]);
    const kinds = effects.map((effect) => (effect.type === 'send' ? effect.message.type : effect.type));
    expect(kinds.indexOf('commit')).toBeLessThan(kinds.indexOf('ack'));
    expect(kinds.indexOf('ack')).toBeLessThan(kinds.indexOf('command:status'));
    expect(kinds.indexOf('commit')).toBeLessThan(kinds.indexOf('tell'));
    expect(c.statuses(effects)).toEqual(['queued']);
    expect(c.statuses(c.started(commandId))).toEqual(['running']);
    const [told1] = sent(c.ended(commandId, { exitCode: 0, executionTime: 12 }), 'v', 'command:status');
    expect(told1).toMatchObject({
      status: 'completed',
      exitCode: 0,
      executionTime: 12,
      asOf: { epoch: E1, sequence: 3 },
    });
  });

  it('[Q9] says where in the stream its output begins, after a sleep and when it is over too; its next try has another', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { retries: 1 });
    const [queue] = sent(c.started(commandId), 'v', 'command:queue');
    const { printsAfter } = queue?.running[0] ?? {};
    expect(printsAfter).toMatchObject({ epoch: E1, sequence: expect.any(Number) });
    c.rig.sleep();
    const [after] = sent(c.ended(commandId, { exitCode: 1 }), 'v', 'command:queue');
    expect(after?.ended[0]).toMatchObject({ commandId, printsAfter });
    expect(after?.queue[0]).not.toHaveProperty('printsAfter');
  });

  it('[B9e] that is interactive is sized by who asked for it, by others when that page is gone, and tells it', () => {
    const c = new CommandRig();
    c.rig.join('other', 'operator', 'Bob');
    const { commandId } = c.ask('top', { interactive: true });
    c.started(commandId);
    const size = (page: string) =>
      c.rig.say(page, 'agent:resize', { agentId: 'a', commandId, cols: 50, rows: 20 }, 'r');
    expect(told(size('v'), 'program:resize')).toMatchObject([{ commandId, cols: 50, rows: 20 }]);
    const refused = size('other');
    expect(told(refused, 'program:resize')).toEqual([]);
    expect(sent(refused, 'other', 'ack')[0]?.error).toMatchObject({
      code: 'INVALID_STATE',
      message: 'cols: Ada is driving',
    });
    const terminal = { cols: 50, rows: 20 };
    expect(c.queue(c.resized(commandId, 50, 20))?.running).toMatchObject([{ commandId, terminal }]);
    c.rig.leave('v');
    c.rig.sleep();
    expect(told(size('other'), 'program:resize')).toHaveLength(1);
    c.ended(commandId);
    expect(commandsIn(c.rig).ended).toMatchObject([{ commandId, terminal }]);
    expect(told(size('other'), 'program:resize')).toEqual([]);
  });

  it.each([
    [{ exitCode: 0 }, 'completed'],
    [{ exitCode: 3 }, 'failed'],
    [{ signal: 'SIGSEGV' }, 'failed'],
    [{}, 'failed'],
    [{ exitCode: 0, interrupted: true }, 'interrupted'],
  ])('[Q11] %j is told as %s', (end, status) => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls');
    c.started(commandId);
    expect(c.statuses(c.ended(commandId, end))).toEqual([status]);
    expect(c.statuses(c.ended(commandId, { exitCode: 0 }))).toEqual([]);
  });

  it('[I1] a repeat is the same command, after a sleep too; another under its id is refused', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', {}, 'm1');
    c.rig.sleep();
    const again = c.ask('ls', {}, 'm1');
    expect(again.commandId).toBe(commandId);
    expect(c.starts(again.effects)).toEqual([]);
    expect(c.statuses(again.effects)).toEqual([]);
    expect(c.error(c.ask('rm', {}, 'm1').effects)).toBe('INVALID_MESSAGE id');
  });

  it('[Q2] the lobby and every page hear that the agent is busy', () => {
    const c = new CommandRig();
    const { effects, commandId } = c.ask('ls');
    c.ask('pwd');
    const reports = c.rig.effects.flatMap((effect) => (effect.type === 'report' ? [effect.summary] : []));
    expect(reports.at(-1)).toMatchObject({ busy: true, runningCommands: 1, queueLength: 1 });
    expect(c.queue(effects)?.running).toMatchObject([{ commandId, stopping: false }]);
    c.started(commandId);
    expect(c.queue(c.ended(commandId))?.ended).toMatchObject([{ commandId, status: 'completed' }]);
  });
});

describe('the queue', () => {
  it('[Q1] [Q9] is told with positions at every change', () => {
    const c = new CommandRig();
    const first = c.ask('first');
    expect(c.waiting(c.ask('low', { priority: 'low' }).effects)).toEqual(['1 low']);
    const two = c.ask('two');
    expect(c.waiting(two.effects)).toEqual(['1 two', '2 low']);
    const high = c.ask('high', { priority: 'high' });
    expect(c.waiting(high.effects)).toEqual(['1 high', '2 two', '3 low']);
    c.started(first.commandId);
    const over = c.ended(first.commandId);
    expect(c.starts(over)).toEqual(['high']);
    expect(c.waiting(over)).toEqual(['1 two', '2 low']);
    expect(c.waiting(c.say('command:cancel', { commandId: two.commandId }))).toEqual(['1 low']);
    const revisions = sent(c.rig.effects, 'v', 'command:queue').map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  });

  it('[Q2] as many run at a time as the agent is set to', () => {
    const c = new CommandRig(3);
    const starts = ['a', 'b', 'c', 'd'].flatMap((line) => c.starts(c.ask(line).effects));
    expect(starts).toEqual(['a', 'b', 'c']);
  });

  it('[N1] ends with its agent: what waits is cancelled, what runs interrupted, and nothing is tried again', () => {
    const c = new CommandRig(2);
    const runs = c.ask('runs', { retries: 3 }).commandId;
    c.started(runs);
    c.ask('starts', { retries: 3 });
    c.ask('waits');
    const buried = c.rig.do({ type: 'buried' });
    expect(c.starts(buried)).toEqual([]);
    expect(c.statuses(buried)).toEqual(['cancelled', 'interrupted', 'interrupted']);
    expect(c.queue(buried)).toMatchObject({ queue: [], running: [] });
  });

  it('[Q3] refuses the 101st that waits with QUEUE_FULL', () => {
    const c = new CommandRig();
    c.ask('runs');
    for (let n = 0; n < LIMITS.queuedCommands; n += 1) expect(c.error(c.ask(`${n}`).effects)).toBeUndefined();
    expect(c.error(c.ask('one more').effects)).toBe('QUEUE_FULL');
  });

  it('[L] ten a second for one agent, whoever asks: waiting retryAfter succeeds, 10 ms less fails', () => {
    const c = new CommandRig();
    const { rig } = c;
    rig.join('w');
    let asked = 0;
    const ask = (from: string, id = `l${++asked}`) => {
      const payload = { agentId: 'a', command: 'ls' };
      return sent(rig.say(from, 'command:request', payload, id), from, 'ack')[0]?.error;
    };
    const { burst } = ROOM_LIMITS.commands;
    for (let n = 0; n < burst; n += 1) expect(ask(n % 2 === 0 ? 'v' : 'w')).toBeUndefined();
    const refused = ask('w');
    expect(refused).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 100 } });
    // X8: nothing of it is on record, or a flood would fill that.
    expect(commits(rig.say('w', 'command:request', { agentId: 'a', command: 'ls' }))).toEqual([]);
    expect(ask('v', 'l1')).toBeUndefined();
    rig.now += 90;
    expect(ask('v')).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 10 } });
    rig.now += 10;
    expect(ask('v')).toBeUndefined();
    expect(ask('v')).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 100 } });
    expect(rig.room.durable?.queue).toHaveLength(burst);
  });

  it('[L] and across an eviction: waiting retryAfter succeeds, 10 ms less fails, and refusing stores nothing', () => {
    const { rig } = new CommandRig();
    const ask = (offset: number) => {
      rig.now += offset;
      return sent(
        rig.say('v', 'command:request', { agentId: 'a', command: 'ls' }, `s${rig.effects.length}-${rig.now}`),
        'v',
        'ack',
      )[0];
    };
    const { burst } = ROOM_LIMITS.commands;
    for (let n = 0; n < burst; n += 1) {
      expect(ask(0)).toMatchObject({ success: true });
      rig.sleep();
    }
    const before = commits(rig.effects).length;
    expect(ask(0)?.error).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 100 } });
    rig.sleep();
    expect(ask(90)?.error).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 10 } });
    rig.sleep();
    expect(commits(rig.effects).length).toBe(before);
    expect(ask(10)).toMatchObject({ success: true });
    rig.sleep();
    expect(ask(0)?.error).toMatchObject({ details: { retryAfter: 100 } });
  });

  it('moves, edits, cancels what waits and nothing else', () => {
    const c = new CommandRig();
    const runs = c.ask('runs').commandId;
    const one = c.ask('one').commandId;
    const two = c.ask('two').commandId;
    expect(c.waiting(c.say('command:move', { commandId: two, position: 1 }))).toEqual(['1 two', '2 one']);
    expect(c.waiting(c.say('command:edit', { commandId: one, command: 'uno' }))).toEqual(['1 two', '2 uno']);
    for (const type of ['command:move', 'command:edit', 'command:cancel'])
      expect(c.error(c.say(type, { commandId: runs, position: 1, command: 'x' }))).toBe(
        'INVALID_STATE commandId',
      );
    expect(c.error(c.say('command:retry', { commandId: one }))).toBe('INVALID_STATE commandId');
    for (const type of [
      'command:move',
      'command:edit',
      'command:cancel',
      'command:retry',
      'command:interrupt',
    ])
      expect(c.error(c.say(type, { commandId: 'b.1', position: 1, command: 'x' }))).toBe(
        'COMMAND_NOT_FOUND commandId',
      );
    c.started(runs);
    c.starts(c.ended(runs));
    c.ended(two);
    expect(told(c.rig.effects, 'command:start').map(({ command }) => command)).toEqual([
      'runs',
      'two',
      'uno',
    ]);
  });
});

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

  it('[Q5] is told again what it may not have heard, and nothing of what runs', () => {
    const c = new CommandRig(2);
    const one = c.ask('one').commandId;
    c.ask('two');
    c.started(one);
    c.rig.reset();
    expect(c.starts(c.hello())).toEqual(['two']);
  });

  it('[Q5] an epoch that ends loses what was told to start under it, and starts none of it again', () => {
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
    expect(told(back, 'command:start')).toMatchObject([{ epoch: E2 }]);
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
  it('[Q7] what waits is cancelled; what runs is interrupted, and says so when it did', () => {
    const c = new CommandRig();
    const runs = c.ask('runs').commandId;
    const waits = c.ask('waits').commandId;
    expect(c.statuses(c.say('command:interrupt', { commandId: waits }))).toEqual(['cancelled']);
    c.started(runs);
    const asked = c.say('command:interrupt', { commandId: runs, reason: 'too long' });
    expect(told(asked, 'command:interrupt')).toEqual([{ epoch: E1, commandId: runs, force: false }]);
    expect(c.queue(asked)?.running).toMatchObject([{ stopping: true }]);
    const forced = c.say('command:interrupt', { commandId: runs, force: true });
    expect(told(forced, 'command:interrupt')).toMatchObject([{ force: true }]);
    const [end] = sent(c.ended(runs, { signal: 'SIGINT', interrupted: true }), 'v', 'command:status');
    expect(end).toMatchObject({ status: 'interrupted', signal: 'SIGINT', reason: 'too long' });
    expect(c.error(c.say('command:interrupt', { commandId: runs }))).toBe('INVALID_STATE commandId');
  });

  it('[Q7] a host that is away hears of it when it is back, and starts nothing that nobody wants any more', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs');
    c.away();
    c.say('command:interrupt', { commandId });
    const back = c.hello();
    expect(c.starts(back)).toEqual([]);
    expect(told(back, 'command:interrupt')).toMatchObject([{ commandId }]);
    expect(c.statuses(c.ended(commandId, { interrupted: true }))).toEqual(['cancelled']);
  });

  it('[Q6] [H2] the room gives up on a host that vanished, and its late word counts all the same', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs', { timeout: 1_000 });
    c.started(commandId);
    c.away();
    const due = dutyOf(c.rig);
    expect(due).toBe(c.rig.now + 1_000 + ROOM_LIMITS.commandSilence);
    c.rig.now = due ?? 0;
    const [given] = sent(c.rig.do({ type: 'alarm' }), 'v', 'command:status');
    expect(given).toMatchObject({ status: 'failed', error: { code: 'COMMAND_TIMEOUT' } });
    c.hello();
    expect(c.statuses(c.ended(commandId, { exitCode: 0 }))).toEqual(['completed']);
    expect(c.statuses(c.ended(commandId, { exitCode: 1 }))).toEqual([]);
  });

  it('[H2] a keeper that says nothing of a start is given up on after 30 s', () => {
    const c = new CommandRig();
    c.ask('runs');
    c.rig.now += ROOM_LIMITS.requestTimeout;
    const [given] = sent(c.rig.do({ type: 'alarm' }), 'v', 'command:status');
    expect(given).toMatchObject({ status: 'failed', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect(dutyOf(c.rig)).toBe(c.rig.now + ROOM_LIMITS.requestMemory - ROOM_LIMITS.requestTimeout);
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
      expect(dutyOf(c.rig)).toBe(c.rig.now + delay);
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
    c.rig.heard.set('keeper-1', c.rig.now - ROOM_LIMITS.keeperSilence - 1);
    c.rig.now += 1_000;
    expect(c.starts(c.rig.do({ type: 'alarm' }))).toEqual([]);
    expect(dutyOf(c.rig)).toBe(c.rig.now + ROOM_LIMITS.commandLook);
    c.away();
    expect(dutyOf(c.rig)).toBeGreaterThan(c.rig.now + ROOM_LIMITS.commandLook);
  });

  it('a person may try again what is over, whatever became of it', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { priority: 'high' });
    c.started(commandId);
    c.ended(commandId);
    const again = c.say('command:retry', { commandId });
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

describe('what the room keeps', () => {
  it('[Q10] all of it through an eviction, and of what ended the last', () => {
    const c = new CommandRig();
    for (let n = 0; n < ROOM_LIMITS.endedCommands + 5; n += 1) {
      const { commandId } = c.ask(`${n}`);
      c.started(commandId);
      c.ended(commandId);
    }
    c.ask('runs');
    c.ask('waits');
    const before = [...c.rig.room.commands.keys()].sort();
    expect(before).toHaveLength(ROOM_LIMITS.endedCommands + 2);
    const shown = sent(c.rig.join('w'), 'w', 'agent:state')[0]?.commands;
    expect(shown?.ended).toHaveLength(LIMITS.endedCommandsListed);
    expect(shown?.ended[0]?.command).toBe(`${ROOM_LIMITS.endedCommands + 4}`);
    c.rig.sleep();
    expect([...c.rig.room.commands.keys()].sort()).toEqual(before);
    expect(sent(c.rig.join('x'), 'x', 'agent:state')[0]?.commands).toEqual(shown);
  });

  it('shows the beginning of a long line, and starts the whole', () => {
    const c = new CommandRig();
    const line = `echo ${'x'.repeat(5_000)}`;
    const { effects } = c.ask(line);
    expect(c.queue(effects)?.running[0]).toMatchObject({ command: line.slice(0, 1_024), chars: line.length });
    expect(c.starts(effects)).toEqual([line]);
  });

  it('[H2] a room without commands, or with one that only waits its turn, has nothing due', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs', {}, undefined);
    c.started(commandId);
    c.ask('waits');
    c.rig.do({ type: 'reported', revision: c.rig.room.toldRevision });
    // The acks that are remembered for repeats (I1).
    expect(nextDuty(c.rig.room)).toBe(c.rig.now + ROOM_LIMITS.requestMemory);
  });
});

describe('steps for history', () => {
  const lines = (c: CommandRig) =>
    untaken(c.rig.room, 100).map(({ number, from, to, cause }) => `${number} ${from} ${to} ${cause}`);

  it('every step is noted with its cause until it is taken, through an eviction', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { priority: 'high' });
    c.started(commandId);
    const waits = c.ask('pwd').commandId;
    c.say('command:edit', { commandId: waits, command: 'id' });
    c.ended(commandId, { exitCode: 2 });
    const all = [
      '1 null queued requested',
      '2 queued running started',
      '3 null queued requested',
      '4 queued queued edited',
      '5 running failed exited',
    ];
    expect(lines(c)).toEqual(all);
    expect(untaken(c.rig.room, 1)).toMatchObject([
      { command: 'ls', priority: 'high', memberId: 'ada', commandId },
    ]);
    expect(untaken(c.rig.room, 9)[4]).toMatchObject({ exitCode: 2 });
    c.rig.do({ type: 'events-taken', upTo: 2 });
    c.rig.sleep();
    expect(lines(c)).toEqual(all.slice(2));
    c.rig.do({ type: 'events-taken', upTo: 2 });
    c.rig.do({ type: 'events-taken', upTo: 99 });
    expect(lines(c)).toEqual(all.slice(2));
    c.rig.do({ type: 'events-taken', upTo: 5 });
    expect(commits(c.rig.do({ type: 'events-taken', upTo: 5 }))).toEqual([]);
    c.ask('next');
    expect(lines(c)).toEqual(['6 null queued requested']);
  });

  it('nobody who takes them not fills no room: the oldest go, and their numbers are missing', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls');
    const waits = c.ask('waits').commandId;
    c.started(commandId);
    for (let n = 0; n < ROOM_LIMITS.commandEvents; n += 1) {
      c.say('command:move', { commandId: waits, position: 1 });
      c.rig.do({ type: 'noted', held: c.rig.room.audit.last });
    }
    expect(c.rig.room.outbox).toHaveLength(ROOM_LIMITS.commandEvents);
    c.rig.sleep();
    expect(untaken(c.rig.room, 1)).toMatchObject([{ number: 4 }]);
  });
});
