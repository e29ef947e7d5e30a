import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentSpec,
  ClientIdSchema,
  encodeInput,
  type StreamEvent,
  type ToKeeperMessage,
} from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';
import { isAlive } from '../support/processes.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

/** Places an agent and resolves to its uid when its program runs. */
async function running(
  kind: 'process' | 'terminal',
  line: string,
  spec: Partial<AgentSpec> = {},
): Promise<string> {
  const placement = host.shell(kind, line, spec);
  const placed = await host.server.place(placement);
  expect(placed.error).toBeUndefined();
  await host.server.status(placement.spec.agentUid, 'running');
  return placement.spec.agentUid;
}

const statuses = (events: readonly StreamEvent[]) =>
  events.flatMap((event) => (event.type === 'program:status' ? event.status : []));
const ask = (uid: string, type: 'start' | 'pause' | 'resume') =>
  host.server.request(uid, (requestId) => ({ type: `program:${type}`, payload: { requestId } }));
const end = (uid: string, type: 'terminate' | 'restart', force = false) =>
  host.server.request(uid, (requestId) => ({ type: `program:${type}`, payload: { requestId, force } }));

const clientId = ClientIdSchema.parse('client');
function type(uid: string, inputSequence: number, data: string, encoding: 'utf8' | 'base64' = 'utf8'): void {
  host.server.send(uid, { type: 'program:input', payload: { data, encoding, clientId, inputSequence } });
}

describe('[M2] a program', () => {
  test('is paused, goes on, is terminated and started again', async () => {
    const uid = await running('process', 'cat');
    const room = host.server.room(uid);
    const { pid = 0 } = await host.server.status(uid, 'running');
    expect(await ask(uid, 'pause')).not.toHaveProperty('error');
    expect(readFileSync(`/proc/${pid}/status`, 'latin1')).toMatch(/^State:\s+[TtD]/m);
    expect((await ask(uid, 'pause')).error?.code).toBe('INVALID_STATE');
    expect(await ask(uid, 'resume')).not.toHaveProperty('error');
    expect((await ask(uid, 'start')).error?.code).toBe('INVALID_STATE');
    expect(await end(uid, 'terminate')).not.toHaveProperty('error');
    await host.server.status(uid, 'stopped', 6);
    expect(isAlive(pid)).toBe(false);
    expect(await ask(uid, 'start')).not.toHaveProperty('error');
    expect(await end(uid, 'restart', true)).not.toHaveProperty('error');
    const after = ['stopping', 'stopped', 'starting', 'running'];
    expect(statuses(room.events)).toEqual([
      ...['stopped', 'starting', 'running', 'paused', 'running'],
      ...['stopping', 'stopped', 'starting', 'running'],
      ...after,
    ]);
  });

  test('that ends by itself is reported with its exit code, after its last byte', async () => {
    const placement = host.shell('process', 'echo last words; exit 3');
    await host.server.place(placement);
    const uid = placement.spec.agentUid;
    expect(await host.server.status(uid, 'crashed')).toMatchObject({ exitCode: 3 });
    expect(host.server.room(uid).text).toBe('last words\n');
  });

  test('is started again by its policy', async () => {
    const uid = await running('process', 'read line; exit 1', { restart: 'on-failure' });
    type(uid, 1, '\n');
    const crashed = await host.server.status(uid, 'crashed');
    expect(crashed.reason).toBe('restarting in 1 s');
    await host.server.status(uid, 'running', host.server.room(uid).events.length);
  });
});

test('[I1] a repeated request gets the first result, and does nothing', async () => {
  const uid = await running('process', 'cat');
  const room = host.server.room(uid);
  const message: ToKeeperMessage = { type: 'program:restart', payload: { requestId: 'same', force: true } };
  const done = () => room.events.filter((event) => event.type === 'request:done').length;
  host.server.send(uid, message);
  await host.server.until(() => done() === 1, 'the restart');
  host.server.send(uid, message);
  await host.server.until(() => done() === 2, 'the same answer');
  expect(statuses(room.events).filter((status) => status === 'stopping')).toHaveLength(1);
});

test('[I2] input reaches the program once, in order, and is acked', async () => {
  const uid = await running('process', 'cat');
  const room = host.server.room(uid);
  type(uid, 1, 'one ');
  type(uid, 2, 'dHdvIA==', 'base64');
  type(uid, 2, 'twice ');
  type(uid, 1, 'late ');
  type(uid, 3, 'three');
  await host.server.until(() => room.text.includes('three'), 'the echo');
  expect(room.text).toBe('one two three');
  await host.server.until(() => room.inputAcks.at(-1) === 3, 'the last ack');
});

test('[I2] a frame is input like any other: once, whatever its bytes, and acked', async () => {
  const uid = await running('process', 'cat');
  const room = host.server.room(uid);
  const frame = (inputSequence: number, data: string) =>
    host.server.sendBytes(
      uid,
      encodeInput({ clientId, inputSequence, commandId: undefined, answer: false, data: Buffer.from(data) }),
    );
  frame(1, 'one ');
  type(uid, 2, 'two ');
  frame(2, 'twice ');
  host.server.sendBytes(uid, Uint8Array.of(9, 9, 9));
  frame(3, 'thréé');
  await host.server.until(() => room.text.includes('thréé'), 'the echo');
  expect(room.text).toBe('one two thréé');
  await host.server.until(() => room.inputAcks.at(-1) === 3, 'the last ack');
});

test('a terminal is resized, and reports it once', async () => {
  const uid = await running('terminal', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done');
  const room = host.server.room(uid);
  await host.server.until(() => room.text.includes('ready'), 'ready');
  const resize = () =>
    host.server.request(uid, (requestId) => ({
      type: 'program:resize',
      payload: { requestId, cols: 100, rows: 30 },
    }));
  await resize();
  await resize();
  await host.server.until(() => room.text.includes('30 100'), 'the new size');
  expect(room.events.filter((event) => event.type === 'program:resized')).toEqual([
    { type: 'program:resized', cols: 100, rows: 30 },
  ]);
});

test('a signal reaches the program', async () => {
  const uid = await running('process', 'trap "echo caught" USR1; echo ready; while :; do sleep 0.1; done');
  const room = host.server.room(uid);
  await host.server.until(() => room.text.includes('ready'), 'ready');
  await host.server.request(uid, (requestId) => ({
    type: 'program:signal',
    payload: { requestId, signal: 'SIGUSR1' },
  }));
  await host.server.until(() => room.text.includes('caught'), 'the trap');
});

test.each([4409, 4404])(
  '[N2] a keeper closed with %i ends its program and archives its spool',
  async (code) => {
    const uid = await running('process', 'cat');
    const { pid = 0 } = await host.server.status(uid, 'running');
    const keeper = (await host.keeperPid(uid)) ?? 0;
    host.server.room(uid).socket?.close(code);
    await expect.poll(() => [isAlive(pid), isAlive(keeper)], { timeout: 15_000 }).toEqual([false, false]);
    expect(existsSync(join(host.data.path, 'agents', uid))).toBe(false);
    expect(readdirSync(join(host.data.path, 'archive'))[0]).toContain(uid);
  },
);

test('[S10] what is printed while the room is away arrives later; the keeper goes on numbering', async () => {
  const uid = await running('process', 'while read line; do echo "got $line"; done');
  const room = host.server.room(uid);
  const hellos = room.hellos;
  type(uid, 1, 'a\n');
  room.socket?.terminate();
  await host.server.until(() => room.hellos > hellos, 'the keeper again');
  type(uid, 2, 'b\n');
  await host.server.until(() => room.text.includes('got b'), 'both');
  expect(room.text).toMatch(/^(?:got a\n)?got b\n$/);
  expect(room.model.epochs).toHaveLength(1);
});

test('stop ends the runner, the keepers and the programs; status lists them before and after', async () => {
  const uid = await running('process', 'cat');
  const { pid = 0 } = await host.server.status(uid, 'running');
  const told = async (command: string) => {
    const child = host.cli(command);
    let text = '';
    child.stdout?.on('data', (data) => {
      text += String(data);
    });
    await once(child, 'close');
    return text;
  };
  expect(JSON.parse(await told('status'))).toMatchObject({
    agentUid: uid,
    keeper: { state: { status: 'running' } },
  });
  expect(await told('stop')).toContain('ended 1');
  expect(isAlive(pid)).toBe(false);
  expect(JSON.parse(await told('status'))).toMatchObject({ agentUid: uid, keeper: null });
});
