import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage, inspectable } from '../../test/harness/inspector.ts';
import type { Route } from '../connections/route.ts';
import { musterContender, NOTHING_HELD, relayContender } from '../lib/contenders.ts';
import { childrenOf, residentBytes } from '../lib/memory.ts';
import type { Bench, How, Program } from '../lib/muster.ts';
import { startServer } from '../lib/processes.ts';
import type { Contender, Figure, Row, Sample } from '../lib/row.ts';

const MB = 1e6;
const KB = 1e3;
const FULL = { cols: 200, rows: 50 };
const LINES = 5_050;
const waits: Program = ['sh', '-c', 'echo ready; read end'];
const fills: Program = ['sh', '-c', `yes ${'x'.repeat(FULL.cols)} | head -n ${LINES}; read end`];
/** After a start: a snapshot is taken 10 s after output, and 3 s after the last that happens a process gives memory back. */
const SETTLE_MS = 16_000;
/** A room sleeps after 10 s without a message. */
const ASLEEP_MS = 12_000;
const ROOMS_A_HOST = 100;
const HOSTS = 4;
const FEW_VIEWERS = 200;
const MANY_VIEWERS = 800;
const NO_LOAD = { messages: 0, bytes: 0 };

const figure = (key: string, what: string, unit: string, value: number): Figure => ({
  key,
  what,
  unit,
  goals: [{ kind: 'most', value }],
});

/** A running process's resident memory (VmRSS); per room and viewer, the slope over many. */
export const f11: Row = {
  id: 'F11',
  once: true,
  figures: [
    figure('pipes', 'keeper without a terminal', 'MB', 60),
    figure('empty', 'keeper with an empty terminal', 'MB', 80),
    figure('full', 'keeper with 5,000 × 200 cells', 'MB', 130),
    figure('runner', 'runner', 'MB', 60),
    figure('room', 'workerd per hibernated room', 'kB', 100),
    figure('viewer', 'workerd per viewer of a hibernated room', 'kB', 20),
  ],
  async open() {
    const { port, flags } = await inspectable();
    const muster = await musterContender(async (bench) => {
      const bytes = () => serverBytes(bench, port);
      const processes = await keepers(bench);
      const room = await perRoom(bench, bytes);
      const viewer = await bench.withStandIn(NO_LOAD, async (via) =>
        perViewer(await bench.crowd(via), bytes),
      );
      return { ...processes, room, viewer };
    }, flags);
    return { muster, peers: [node(), await relay('object'), await relay('ws')] };
  },
};

const runnerOf = (bench: Bench): number => bench.muster.running.runner?.pid ?? Number.NaN;

/** Garbage is collected first. */
async function serverBytes({ muster }: Bench, port: number): Promise<number> {
  await collectGarbage(muster, port);
  return muster.running.servers.reduce((sum, { pid }) => sum + residentBytes(pid), 0);
}

type Bytes = () => number | Promise<number>;

async function keepers(bench: Bench): Promise<Sample> {
  const keeper = (program: Program, how: How) =>
    bench.withAgent(program, how, async () => {
      await sleep(SETTLE_MS);
      const [pid, ...others] = childrenOf(runnerOf(bench));
      if (pid === undefined || others.length > 0) throw new Error('there is not one keeper');
      return residentBytes(pid) / MB;
    });
  const sample = {
    pipes: await keeper(waits, 'pipes'),
    empty: await keeper(waits, 'terminal'),
    full: await keeper(fills, FULL),
  };
  return { ...sample, runner: residentBytes(runnerOf(bench)) / MB };
}

/** Hosts come one by one, so that the rooms of one sleep when the next come; the first is not counted. */
async function perRoom(bench: Bench, bytes: Bytes): Promise<number> {
  const after: number[] = [];
  const next = async (): Promise<void> => {
    if (after.length === HOSTS) return;
    await bench.withStandIns(ROOMS_A_HOST, NO_LOAD, async () => {
      await sleep(ASLEEP_MS);
      after.push(await bytes());
      await next();
    });
  };
  await next();
  return slope(after[0], after.at(-1), (HOSTS - 1) * ROOMS_A_HOST);
}

async function perViewer(via: Route, bytes: Bytes): Promise<number> {
  await using few = (await startServer('viewer/stay.ts', { via, viewers: FEW_VIEWERS })).program;
  await sleep(ASLEEP_MS);
  const before = await bytes();
  await using many = (await startServer('viewer/stay.ts', { via, viewers: MANY_VIEWERS })).program;
  await sleep(ASLEEP_MS);
  void few;
  void many;
  return slope(before, await bytes(), MANY_VIEWERS);
}

/** As `perRoom`, with bare objects that sleep, each with one socket. */
async function perObject(via: Route, bytes: Bytes): Promise<number> {
  await using programs = new AsyncDisposableStack();
  const after: number[] = [];
  while (after.length < HOSTS) {
    const options = { via, viewers: ROOMS_A_HOST, rooms: `host-${after.length}` };
    programs.use((await startServer('viewer/stay.ts', options)).program);
    await sleep(ASLEEP_MS);
    after.push(await bytes());
  }
  return slope(after[0], after.at(-1), (HOSTS - 1) * ROOMS_A_HOST);
}

const slope = (from = Number.NaN, to = Number.NaN, over: number): number => (to - from) / over / KB;

async function relay(kind: 'object' | 'ws'): Promise<Contender> {
  const contender = await relayContender(kind, async (url, pid) => {
    const [inner = pid] = childrenOf(pid);
    const via = { kind: 'ws', url } as const;
    const bytes = () => residentBytes(inner);
    const viewer = await perViewer(via, bytes);
    return kind === 'object' ? { viewer, room: await perObject(via, bytes) } : { viewer };
  });
  return contender;
}

/** Node with nothing in it: what no keeper can be below. */
function node(): Contender {
  return {
    id: 'node',
    name: `Node ${process.versions.node} alone`,
    async sample() {
      const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      await sleep(SETTLE_MS);
      const alone = residentBytes(child.pid ?? Number.NaN) / MB;
      child.kill();
      return { pipes: alone, empty: alone, full: alone, runner: alone };
    },
    ...NOTHING_HELD,
  };
}
