import { existsSync } from 'node:fs';
import { ClientIdSchema } from '@muster/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stopAll } from '../../src/runner/admin.ts';
import { pidFile } from '../../src/runner/main.ts';
import { TestHost } from '../support/host.ts';
import { isAlive } from '../support/processes.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
});
afterEach(() => host.end());

test('[P3] places an agent, and its program speaks', async () => {
  await host.run();
  const placement = host.shell('process', 'echo hello; cat');
  const uid = placement.spec.agentUid;
  const placed = await host.server.place(placement);
  expect(placed.error).toBeUndefined();
  expect(placed.pid).toBeGreaterThan(0);
  const room = host.server.room(uid);
  await host.server.until(() => room.text.includes('hello'), 'hello');
  expect(room.events.map((event) => (event.type === 'program:status' ? event.status : event.type))).toEqual([
    'epoch:open',
    'stopped',
    'starting',
    'running',
  ]);
});

test('[P3] a repeated placement is answered the same, and starts nothing', async () => {
  await host.run();
  const placement = host.shell('process', 'cat');
  const first = await host.server.place(placement);
  const again = await host.server.place(placement);
  expect({ ...again, requestId: '' }).toEqual({ ...first, requestId: '' });
});

test.each([
  ['a directory that is not there', { workspace: '/nowhere' }, 'workspace'],
  ['a directory outside the roots', { workspace: '/etc' }, 'workspace'],
  ['a program that is not there', { program: { command: '/no/such', args: [] } }, 'program.command'],
])('%s is refused at its field, and nothing half-made stays', async (_what, spec, field) => {
  await host.run();
  const placement = host.placement({ kind: 'process', program: { command: 'cat', args: [] }, ...spec });
  const placed = await host.server.place(placement);
  expect(placed.error?.details).toEqual({ field });
  expect(existsSync(host.data.agent(placement.spec.agentUid).path)).toBe(false);
  expect(await host.keeperPid(placement.spec.agentUid)).toBeUndefined();
});

test('[N2] what the lobby does not list is ended and archived, what it lists is placed', async () => {
  const runner = await host.run();
  const old = host.shell('process', 'cat');
  await host.server.place(old);
  const pid = (await host.keeperPid(old.spec.agentUid)) ?? 0;
  runner.kill('SIGKILL');
  const fresh = host.shell('process', 'echo fresh');
  // [P10] As far as its room knows it ran.
  host.server.welcomes = [{ ...fresh, wanted: true }];
  await host.run();
  await host.server.until(() => host.server.room(fresh.spec.agentUid).text.includes('fresh'), 'fresh');
  await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
  const isKept = () => existsSync(host.data.agent(old.spec.agentUid).path);
  // The runner waits for the keeper's process first.
  await expect.poll(isKept, { timeout: 15_000 }).toBe(false);
});

test('[P3] kill -9 of the runner: the program goes on, and the next runner adopts it within 2 s', async () => {
  const runner = await host.run();
  const placement = host.shell('process', 'while read line; do echo "got $line"; done');
  const uid = placement.spec.agentUid;
  const { pid } = await host.server.place(placement);
  const keeper = await host.keeperPid(uid);
  runner.kill('SIGKILL');
  host.server.agents = [placement];
  input(uid, 1, 'alone\n');
  await host.server.until(() => host.server.room(uid).text.includes('got alone'), 'the program going on');
  const before = host.server.received.length;
  const from = performance.now();
  await host.run();
  await host.server.until(
    () =>
      host.server.received
        .slice(before)
        .some(({ type, payload }) => type === 'keeper:link' && payload.healthy),
    'the adoption',
  );
  const took = performance.now() - from;
  expect(took).toBeLessThan(2_000);
  expect(await host.keeperPid(uid)).toBe(keeper);
  expect((await host.server.place(placement)).pid).toBe(pid);
  process.stdout.write(`adopted ${Math.round(took)} ms after the runner's start\n`);
});

test('starts its agents without a server, and delivers their output when it is there', async () => {
  await host.run();
  const placement = host.shell('process', 'echo "started by $PPID"; cat');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  await stopAll(host.data, pidFile(host.data));
  await host.server.close();
  host.cli('run');
  await expect.poll(() => host.keeperPid(uid), { timeout: 15_000 }).toBeGreaterThan(0);
  const keeper = await host.keeperPid(uid);
  await host.comeBack();
  host.server.agents = [placement];
  await host.server.until(() => host.server.room(uid).text.includes(`started by ${keeper}`), 'what it said');
  await host.server.status(uid, 'running');
});

test('[P3] a second runner on the same data does not run', async () => {
  await host.run();
  const second = host.cli('run');
  expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(3);
});

test('an agent that a person stopped stays stopped when the next runner starts', async () => {
  await host.run();
  const placement = host.shell('process', 'cat');
  const uid = placement.spec.agentUid;
  await host.server.place(placement);
  await host.server.request(uid, (requestId) => ({
    type: 'program:terminate',
    payload: { requestId, force: true },
  }));
  await stopAll(host.data, pidFile(host.data));
  const before = host.server.room(uid).events.length;
  host.server.agents = [placement];
  await host.run();
  await host.server.status(uid, 'stopped', before);
  await host.server.place(placement);
  const told = host.server.room(uid).events.slice(before);
  expect(told.map((event) => (event.type === 'program:status' ? event.status : event.type))).toEqual([
    'stopped',
  ]);
});

test('--stop-agents ends keepers and programs with the runner within 5 s', async () => {
  const runner = await host.run('--stop-agents');
  const placement = host.shell('process', 'trap "" TERM; while :; do sleep 1; done');
  const { pid = 0 } = await host.server.place(placement);
  const keeper = (await host.keeperPid(placement.spec.agentUid)) ?? 0;
  const from = performance.now();
  runner.kill('SIGTERM');
  await new Promise((resolve) => runner.once('exit', resolve));
  expect(performance.now() - from).toBeLessThan(5_000);
  expect([isAlive(pid), isAlive(keeper)]).toEqual([false, false]);
});

function input(uid: string, inputSequence: number, data: string): void {
  const payload = { data, encoding: 'utf8', clientId: 'c', inputSequence } as const;
  host.server.send(uid, { type: 'program:input', payload: { ...payload, clientId: clientOf('c') } });
}

const clientOf = (text: string) => ClientIdSchema.parse(text);
