import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { CommandRig } from './commands-rig.ts';
import { commits, keeperMessages, sent, UID } from './rig.ts';

describe('the queue', () => {
  it('[Q1] [Q9] is sent with positions at every change', () => {
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
    expect(c.waiting(c.send('command:cancel', { commandId: two.commandId }))).toEqual(['1 low']);
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
    const deletion = c.rig.do({ type: 'deleted', agentUid: UID });
    expect(c.starts(deletion)).toEqual([]);
    expect(c.statuses(deletion)).toEqual(['cancelled', 'interrupted', 'interrupted']);
    expect(c.queue(deletion)).toMatchObject({ queue: [], running: [] });
  });

  it('[Q3] [X19] refuses the 101st that waits with QUEUE_FULL, and the 81st of one member', () => {
    const c = new CommandRig();
    c.ask('runs');
    const { queuedCommands, queuedCommandsOfMember: most } = LIMITS;
    for (let n = 0; n < most; n += 1) expect(c.error(c.ask(`${n}`).effects)).toBeUndefined();
    expect(c.error(c.ask('one more').effects)).toBe('QUEUE_FULL');
    c.rig.join('bob', 'operator', 'Bob');
    const bob = (id: string) => {
      c.rig.now += 1_000;
      return c.rig.send('bob', 'command:request', { agentId: 'a', command: 'ls' }, id);
    };
    for (let n = most; n < queuedCommands; n += 1)
      expect(sent(bob(`b${n}`), 'bob', 'ack')).toMatchObject([{ success: true }]);
    expect(sent(bob('late'), 'bob', 'ack')).toMatchObject([{ error: { code: 'QUEUE_FULL' } }]);
  });

  it('[L] ten a second of one member for one agent: waiting retryAfter succeeds, 10 ms less fails', () => {
    const c = new CommandRig();
    const { rig } = c;
    rig.join('w');
    let asked = 0;
    const ask = (from: string, id = `l${++asked}`) => {
      const payload = { agentId: 'a', command: 'ls' };
      return sent(rig.send(from, 'command:request', payload, id), from, 'ack')[0]?.error;
    };
    const { burst } = ROOM_LIMITS.memberCommands;
    for (let n = 0; n < burst; n += 1) expect(ask(n % 2 === 0 ? 'v' : 'w')).toBeUndefined();
    const refused = ask('w');
    expect(refused).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 100 } });
    // X8: nothing of it is on record, or a flood would fill that.
    expect(commits(rig.send('w', 'command:request', { agentId: 'a', command: 'ls' }))).toEqual([]);
    expect(ask('v', 'l1')).toBeUndefined();
    rig.now += 90;
    expect(ask('v')).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 10 } });
    rig.now += 10;
    expect(ask('v')).toBeUndefined();
    expect(ask('v')).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 100 } });
    expect(rig.room.durable?.queue).toHaveLength(burst);
  });

  it('[X19] one member’s flood of commands leaves others theirs; of all, twenty a second', () => {
    const { rig } = new CommandRig();
    for (const name of ['Bob', 'Eve']) rig.join(name, 'operator', name);
    let asked = 0;
    const ask = (from: string) => {
      const payload = { agentId: 'a', command: 'ls' };
      return sent(rig.send(from, 'command:request', payload, `l${++asked}`), from, 'ack')[0]?.error?.code;
    };
    const flood = (from: string) =>
      Array.from({ length: 50 }, () => ask(from)).filter((code) => code === undefined);
    expect(flood('v')).toHaveLength(ROOM_LIMITS.memberCommands.burst);
    rig.sleep();
    expect(flood('Bob')).toHaveLength(ROOM_LIMITS.memberCommands.burst);
    expect(flood('Eve')).toHaveLength(ROOM_LIMITS.commands.burst - 2 * ROOM_LIMITS.memberCommands.burst);
    rig.now += 60_000;
    expect(ask('Eve')).toBeUndefined();
    expect(Object.keys(rig.room.durable?.memberBuckets ?? {})).toEqual(['eve']);
  });

  it('[L] and across an eviction: waiting retryAfter succeeds, 10 ms less fails, and refusing stores nothing', () => {
    const { rig } = new CommandRig();
    const ask = (offset: number) => {
      rig.now += offset;
      return sent(
        rig.send(
          'v',
          'command:request',
          { agentId: 'a', command: 'ls' },
          `s${rig.effects.length}-${rig.now}`,
        ),
        'v',
        'ack',
      )[0];
    };
    const { burst } = ROOM_LIMITS.memberCommands;
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
    expect(c.waiting(c.send('command:move', { commandId: two, position: 1 }))).toEqual(['1 two', '2 one']);
    expect(c.waiting(c.send('command:edit', { commandId: one, command: 'uno' }))).toEqual(['1 two', '2 uno']);
    for (const type of ['command:move', 'command:edit', 'command:cancel'])
      expect(c.error(c.send(type, { commandId: runs, position: 1, command: 'x' }))).toBe(
        'INVALID_STATE commandId',
      );
    expect(c.error(c.send('command:retry', { commandId: one }))).toBe('INVALID_STATE commandId');
    for (const type of [
      'command:move',
      'command:edit',
      'command:cancel',
      'command:retry',
      'command:interrupt',
    ])
      expect(c.error(c.send(type, { commandId: 'b.1', position: 1, command: 'x' }))).toBe(
        'COMMAND_NOT_FOUND commandId',
      );
    c.started(runs);
    c.starts(c.ended(runs));
    c.ended(two);
    expect(keeperMessages(c.rig.effects, 'command:start').map(({ command }) => command)).toEqual([
      'runs',
      'two',
      'uno',
    ]);
  });
});
