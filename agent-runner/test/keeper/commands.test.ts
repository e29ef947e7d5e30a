import { rmSync } from 'node:fs';
import {
  type CommandId,
  CommandIdSchema,
  EpochSchema,
  type StreamEvent,
  type ToKeeperMessage,
} from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestHost } from '../support/host.ts';
import { processesWith } from '../support/processes.ts';

type Ended = Extract<StreamEvent, { type: 'command:ended' }>;
type Order = Partial<Extract<ToKeeperMessage, { type: 'command:start' }>['payload']>;

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

/** An agent without a program, and its room as the keeper sees it. */
async function agent() {
  const placement = host.placement({ kind: 'process', autostart: false });
  const uid = placement.spec.agentUid;
  expect((await host.server.place(placement)).error).toBeUndefined();
  const room = host.server.room(uid);
  await host.server.until(() => room.model.current?.epoch, 'its first frame');
  const epoch = () => room.model.current?.epoch ?? EpochSchema.parse('0000000000000000');
  const idOf = (name: string): CommandId => CommandIdSchema.parse(`a.${name}`);
  return {
    uid,
    room,
    epoch,
    start(name: string, command: string, over: Order = {}): void {
      const payload = {
        epoch: epoch(),
        commandId: idOf(name),
        command,
        interactive: false,
        environment: {},
        ...over,
      };
      host.server.send(uid, { type: 'command:start', payload });
    },
    interrupt(name: string, force = false): void {
      const payload = { epoch: epoch(), commandId: idOf(name), force };
      host.server.send(uid, { type: 'command:interrupt', payload });
    },
    type(name: string, data: string): void {
      const payload = { data, encoding: 'utf8', commandId: idOf(name) } as const;
      host.server.send(uid, { type: 'program:input', payload });
    },
    started: (name: string) =>
      host.server.until(
        () => room.events.find((event) => event.type === 'command:started' && event.commandId === idOf(name)),
        `the start of ${name}`,
      ),
    ended: (name: string): Promise<Ended> =>
      host.server.until(() => {
        const found = room.events.find(
          (event) => event.type === 'command:ended' && event.commandId === idOf(name),
        );
        return found?.type === 'command:ended' && found;
      }, `the end of ${name}`),
    sizes: (name: string) =>
      room.events.flatMap((event) =>
        event.type === 'command:resized' && event.commandId === idOf(name) ? [[event.cols, event.rows]] : [],
      ),
    starts: (name: string) =>
      room.events.filter((event) => event.type === 'command:started' && event.commandId === idOf(name))
        .length,
  };
}

describe('a command', () => {
  it('[P1] runs in the workspace, its streams apart, without input, with the variables it was given', async () => {
    const a = await agent();
    a.start('1', 'pwd; echo "$A" >&2; cat; exit 3', { environment: { A: 'given' } });
    expect(await a.ended('1')).toMatchObject({
      exitCode: 3,
      interrupted: false,
      bytes: { stdout: host.workspace.length + 1, stderr: 6 },
    });
    expect(a.room.text).toContain(`${host.workspace}\n`);
    expect(a.room.text).toContain('given\n');
  });

  it('[P1] that is interactive has a terminal of its own, which its input, size and signals reach', async () => {
    const a = await agent();
    a.start('1', 'trap "stty size; exit 4" USR1; read line; echo "got $line"; while :; do sleep 0.1; done', {
      interactive: true,
    });
    await a.started('1');
    a.type('1', 'hello\n');
    await host.server.until(() => a.room.text.includes('got hello'), 'what it read');
    const commandId = CommandIdSchema.parse('a.1');
    const size = { commandId, cols: 132, rows: 50 };
    await host.server.request(a.uid, (requestId) => ({
      type: 'program:resize',
      payload: { requestId, ...size },
    }));
    const done = await host.server.request(a.uid, (requestId) => ({
      type: 'program:signal',
      payload: { requestId, commandId, signal: 'SIGUSR1' },
    }));
    expect(done.error).toBeUndefined();
    expect(await a.ended('1')).toMatchObject({ exitCode: 4 });
    expect(a.room.text).toContain('50 132');
    expect(a.sizes('1')).toEqual([[132, 50]]);
  });

  it('[B9e] that is interactive is resized, and reports each size once; others report none', async () => {
    const a = await agent();
    const resize = (name: string, cols: number) =>
      host.server.request(a.uid, (requestId) => ({
        type: 'program:resize',
        payload: { requestId, commandId: CommandIdSchema.parse(`a.${name}`), cols, rows: 30 },
      }));
    a.start('1', 'read line; stty size', { interactive: true });
    await a.started('1');
    for (const cols of [70, 70, 71]) await resize('1', cols);
    a.type('1', 'go\n');
    await a.ended('1');
    expect(a.room.text).toContain('30 71');
    expect(a.sizes('1')).toEqual([
      [70, 30],
      [71, 30],
    ]);
    a.start('early', 'read line; stty size', { interactive: true });
    await resize('early', 72);
    await a.started('early');
    a.type('early', 'go\n');
    await a.ended('early');
    expect(a.room.text).toContain('30 72');
    expect(a.sizes('early')).toEqual([[72, 30]]);
    a.start('2', 'sleep 600');
    await a.started('2');
    expect((await resize('2', 70)).error).toMatchObject({ code: 'COMMAND_NOT_FOUND' });
    a.interrupt('2', true);
    await a.ended('2');
    expect(a.sizes('2')).toEqual([]);
  });

  it('[Q5] is started once, however often it is ordered; another epoch’s is refused', async () => {
    const a = await agent();
    for (let n = 0; n < 3; n += 1) a.start('1', 'echo once');
    await a.ended('1');
    a.start('1', 'echo once');
    a.start('2', 'echo other', { epoch: EpochSchema.parse('00000000000000aa') });
    expect(await a.ended('2')).toMatchObject({ error: { code: 'COMMAND_LOST' } });
    expect([a.starts('1'), a.starts('2'), a.room.text]).toEqual([1, 0, 'once\n']);
  });

  it('[X9] that cannot be started says why', async () => {
    const a = await agent();
    const placement = host.data.agent(a.uid).placement();
    if (placement === null) throw new Error('no placement');
    await host.server.place({ ...placement, spec: { ...placement.spec, workspace: '/nowhere' } });
    a.start('1', 'true');
    expect(await a.ended('1')).toMatchObject({
      error: { code: 'AGENT_SPAWN_FAILED', message: expect.stringContaining('/nowhere') },
    });
  });

  it('[Q6] is ended with all it started when its time is over', async () => {
    const a = await agent();
    const mark = `mark-${process.pid}-timeout`;
    a.start('1', 'setsid sleep 600 & sleep 601', { timeout: 200, environment: { MUSTER_TEST_MARK: mark } });
    const end = await a.ended('1');
    expect(end).toMatchObject({ interrupted: false, error: { code: 'COMMAND_TIMEOUT' } });
    expect(end.executionTime).toBeGreaterThanOrEqual(200);
    expect(processesWith(mark)).toEqual([]);
  });

  it('[Q7] gets SIGINT when it is interrupted, and SIGKILL with force; a command interrupted before its order is never started', async () => {
    const a = await agent();
    a.start('1', 'trap "echo int; exit 9" INT; echo set-1; while :; do sleep 0.1; done');
    await host.server.until(() => a.room.text.includes('set-1'), 'its trap');
    a.interrupt('1');
    expect(await a.ended('1')).toMatchObject({ interrupted: true, exitCode: 9 });
    a.start('2', 'trap "" INT TERM; echo set-2; while :; do sleep 1; done');
    await host.server.until(() => a.room.text.includes('set-2'), 'its trap');
    a.interrupt('2');
    a.interrupt('2', true);
    expect(await a.ended('2')).toMatchObject({ interrupted: true, signal: 'SIGKILL' });
    a.interrupt('3');
    expect(await a.ended('3')).toMatchObject({ interrupted: true });
    a.start('3', 'echo never');
    a.start('4', 'true');
    await a.ended('4');
    expect(a.starts('3')).toBe(0);
  });

  it('[Q5] [P4] whose keeper was killed is lost, not started again, and nothing of it is left', async () => {
    const a = await agent();
    const mark = `mark-${process.pid}-killed`;
    a.start('1', 'setsid sleep 602 & sleep 603', { environment: { MUSTER_TEST_MARK: mark } });
    a.start('0', 'true');
    await a.ended('0');
    const epoch = a.epoch();
    process.kill((await host.keeperPid(a.uid)) ?? 0, 'SIGKILL');
    expect(await a.ended('1')).toMatchObject({ error: { code: 'COMMAND_LOST' } });
    expect(processesWith(mark)).toEqual([]);
    expect(a.epoch()).toBe(epoch);
    a.start('1', 'echo again');
    a.start('0', 'echo again');
    a.start('2', 'echo new');
    await a.ended('2');
    expect([a.starts('1'), a.room.text]).toEqual([1, 'new\n']);
  });

  it('[Q5] [S1] of an epoch whose journal is lost is never started: another epoch begins', async () => {
    const a = await agent();
    a.start('1', 'sleep 605');
    await a.started('1');
    const epoch = a.epoch();
    process.kill((await host.keeperPid(a.uid)) ?? 0, 'SIGKILL');
    rmSync(host.data.agent(a.uid).journal);
    await host.server.until(() => a.epoch() !== epoch, 'another epoch');
    expect(a.room.events.findLast(({ type }) => type === 'epoch:open')).toMatchObject({
      cause: 'journal-lost',
    });
    a.start('2', 'echo old', { epoch });
    expect(await a.ended('2')).toMatchObject({ error: { code: 'COMMAND_LOST' } });
    a.start('3', 'echo new');
    await a.ended('3');
    expect(a.room.text).toBe('new\n');
  });

  it('[P4] ends with its agent', async () => {
    const a = await agent();
    const mark = `mark-${process.pid}-removed`;
    a.start('1', 'sleep 604', { environment: { MUSTER_TEST_MARK: mark } });
    await a.started('1');
    host.server.sendToRunner({ type: 'agent:remove', payload: { requestId: 'r', agentUid: a.uid } });
    await host.server.until(
      () => host.server.received.some(({ type }) => type === 'agent:removed'),
      'its removal',
    );
    expect(processesWith(mark)).toEqual([]);
  });
});
