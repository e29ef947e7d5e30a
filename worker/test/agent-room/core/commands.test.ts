import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { pendingSteps } from '../../../src/agent-room/core/commands/outbox.ts';
import { nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { CommandRig } from './commands-rig.ts';
import { commandsIn, commits, E1, keeperMessages, sent } from './rig.ts';

describe('one command', () => {
  it('[R2] [Q5] [S4a] waits, starts, runs and ends, stored before it is sent', () => {
    const c = new CommandRig();
    const { effects, commandId } = c.ask('ls', { timeout: 5_000, environment: { A: 'b' } }, 'm1');
    expect(sent(effects, 'v', 'ack')).toEqual([
      { messageId: 'm1', success: true, result: { commandId, position: 1 } },
    ]);
    expect(keeperMessages(effects, 'command:start')).toEqual([
      { epoch: E1, commandId, command: 'ls', interactive: false, timeout: 5_000, environment: { A: 'b' } },
    ]);
    const kinds = effects.map((effect) => (effect.type === 'send' ? effect.message.type : effect.type));
    expect(kinds.indexOf('commit')).toBeLessThan(kinds.indexOf('ack'));
    expect(kinds.indexOf('ack')).toBeLessThan(kinds.indexOf('command:status'));
    expect(kinds.indexOf('commit')).toBeLessThan(kinds.indexOf('send-to-keeper'));
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

  it('[B9e] that is interactive is sized by the client that requested it, by others when that is gone, and shows its size', () => {
    const c = new CommandRig();
    c.rig.join('other', 'operator', 'Bob');
    const { commandId } = c.ask('top', { interactive: true });
    c.started(commandId);
    const size = (page: string) =>
      c.rig.send(page, 'agent:resize', { agentId: 'a', commandId, cols: 50, rows: 20 }, 'r');
    expect(keeperMessages(size('v'), 'program:resize')).toMatchObject([{ commandId, cols: 50, rows: 20 }]);
    const refused = size('other');
    expect(keeperMessages(refused, 'program:resize')).toEqual([]);
    expect(sent(refused, 'other', 'ack')[0]?.error).toMatchObject({
      code: 'INVALID_STATE',
      message: 'Ada is driving',
    });
    const terminal = { cols: 50, rows: 20 };
    expect(c.queue(c.resized(commandId, 50, 20))?.running).toMatchObject([{ commandId, terminal }]);
    c.rig.leave('v');
    c.rig.sleep();
    expect(keeperMessages(size('other'), 'program:resize')).toHaveLength(1);
    c.ended(commandId);
    expect(commandsIn(c.rig).ended).toMatchObject([{ commandId, terminal }]);
    expect(keeperMessages(size('other'), 'program:resize')).toEqual([]);
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

  it('[Q2] the lobby and every page learn that the agent is busy', () => {
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

  it('[H2] a room without commands, or with one that only waits in the queue, has no deadline', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('runs', {}, undefined);
    c.started(commandId);
    c.ask('waits');
    c.rig.do({ type: 'report-acked', revision: c.rig.room.sentRevision });
    // The acks that are remembered for repeats (I1).
    expect(nextDeadline(c.rig.room)).toBe(c.rig.now + ROOM_LIMITS.requestMemory);
  });
});

describe('steps for history', () => {
  const lines = (c: CommandRig) =>
    pendingSteps(c.rig.room, 100).map(({ number, from, to, cause }) => `${number} ${from} ${to} ${cause}`);

  it('every step is kept with its cause until history has it, through an eviction', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls', { priority: 'high' });
    c.started(commandId);
    const waits = c.ask('pwd').commandId;
    c.send('command:edit', { commandId: waits, command: 'id' });
    c.ended(commandId, { exitCode: 2 });
    const all = [
      '1 null queued requested',
      '2 queued running started',
      '3 null queued requested',
      '4 queued queued edited',
      '5 running failed exited',
    ];
    expect(lines(c)).toEqual(all);
    expect(pendingSteps(c.rig.room, 1)).toMatchObject([
      { command: 'ls', priority: 'high', memberId: 'ada', commandId },
    ]);
    expect(pendingSteps(c.rig.room, 9)[4]).toMatchObject({ exitCode: 2 });
    c.rig.do({ type: 'steps-written', upTo: 2 });
    c.rig.sleep();
    expect(lines(c)).toEqual(all.slice(2));
    c.rig.do({ type: 'steps-written', upTo: 2 });
    c.rig.do({ type: 'steps-written', upTo: 99 });
    expect(lines(c)).toEqual(all.slice(2));
    c.rig.do({ type: 'steps-written', upTo: 5 });
    expect(commits(c.rig.do({ type: 'steps-written', upTo: 5 }))).toEqual([]);
    c.ask('next');
    expect(lines(c)).toEqual(['6 null queued requested']);
  });

  it('steps that history never takes do not fill the room: the oldest go, and their numbers are missing', () => {
    const c = new CommandRig();
    const { commandId } = c.ask('ls');
    const waits = c.ask('waits').commandId;
    c.started(commandId);
    for (let n = 0; n < ROOM_LIMITS.commandEvents; n += 1) {
      c.send('command:move', { commandId: waits, position: 1 });
      c.rig.do({ type: 'audit-acked', acked: c.rig.room.audit.last });
    }
    expect(c.rig.room.outbox).toHaveLength(ROOM_LIMITS.commandEvents);
    c.rig.sleep();
    expect(pendingSteps(c.rig.room, 1)).toMatchObject([{ number: 4 }]);
  });
});
