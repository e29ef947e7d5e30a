import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../connections/route.ts';
import { billFor, type Counted, total } from '../lib/bill.ts';
import { musterContender } from '../lib/contenders.ts';
import { cpuSeconds } from '../lib/cpu.ts';
import type { Bench, Program } from '../lib/muster.ts';
import { startServer } from '../lib/processes.ts';
import type { Figure, Row, Sample } from '../lib/row.ts';
import { atRest, spent, type Usage, usageOf } from '../lib/usage.ts';

const steady = join(import.meta.dirname, '..', 'programs', 'steady.ts');
/** More often than S11's 50 ms, so that 20 batches leave in a second. */
const busy: Program = [process.execPath, steady, '20000', '25'];
const idle: Program = ['sh', '-c', 'echo ready; read end'];
const SETTLE_MS = 5_000;
const MEASURED_MS = 45_000;
const IDLE_VIEWERS = 5;

const DAYS = 30;
const HOURS_A_DAY = 8;
/** A day's dialling: the keeper's socket, a viewer's two, and a page's few requests before them. */
const DIALS: Counted = {
  messages: 10,
  requests: 20,
  rowsWritten: 10,
  activeSeconds: 0.1,
  workerRequests: 20,
  workerCpuMs: 100,
};
/** M11: each hour a viewer's token is renewed: the notice by alarm, the renewal, the alarm set twice. */
const RENEWAL: Counted = {
  messages: 1,
  requests: 1,
  rowsWritten: 2,
  activeSeconds: 0.01,
  workerRequests: 0,
  workerCpuMs: 0,
};
/** S5: the room keeps 8 MiB and the segment they end in; a snapshot is at most 1 MiB. */
const KEPT_GIGABYTES = 0.01;

const dollars = (key: string, what: string, most: number | null): Figure => ({
  key,
  what,
  unit: '$',
  goals: most === null ? [] : [{ kind: 'most', value: most }],
});

/** An agent's monthly cost at list prices, from counted usage; and whether an idle room hibernates. */
export const f10: Row = {
  id: 'F10',
  once: true,
  figures: [
    dollars('busy', 'a month, 8 h a day at 20 batches/s, one viewer', 1),
    dollars('idle', 'a month idle, one viewer around the clock', 0.01),
    dollars('lobby', 'a month of a team’s lobby around the clock, whatever its agents', null),
    {
      key: 'starts',
      what: 'constructor runs of an idle room with 5 viewers attached, on the next message',
      unit: 'starts',
      goals: [{ kind: 'least', value: 1 }],
    },
  ],
  async open() {
    return {
      muster: await musterContender(async (bench) => ({
        ...(await busyMonth(bench)),
        ...(await idleMonth(bench)),
      })),
      peers: [],
    };
  },
};

interface Window {
  readonly room: Usage;
  readonly lobby: Usage;
  readonly cpu: number;
  readonly hours: number;
}

/** The usage while an agent runs and viewers read, once `settled`. */
function windowOf(
  bench: Bench,
  program: Program,
  viewers: number,
  settled: (via: Route) => Promise<unknown>,
): Promise<Window> {
  return bench.withAgent(program, 'terminal', async (via: Route) => {
    await using reader = (await startServer('viewer/read.ts', { vias: [via], viewers })).program;
    void reader;
    await settled(via);
    const servers = bench.muster.running.servers.map(({ pid }) => pid);
    const before = await usageOf(via);
    const began = performance.now();
    const cpu = cpuSeconds(servers);
    await sleep(MEASURED_MS);
    const used = cpuSeconds(servers) - cpu;
    const hours = (performance.now() - began) / 3_600_000;
    const after = await usageOf(via);
    const room = spent(before.room, after.room);
    return { room, lobby: spent(before.lobby, after.lobby), cpu: used, hours };
  });
}

/** All the runtime's processor time counts as the time of handlers: more than is billed. */
const countedBy = ({ messages, alarms, rowsWritten }: Usage, activeSeconds: number): Counted => ({
  messages,
  requests: alarms,
  rowsWritten,
  activeSeconds,
  workerRequests: 0,
  workerCpuMs: 0,
});

async function busyMonth(bench: Bench): Promise<Sample> {
  const { room, cpu, hours } = await windowOf(bench, busy, 1, () => sleep(SETTLE_MS));
  const streaming = billFor(countedBy(room, cpu), (DAYS * HOURS_A_DAY) / hours, KEPT_GIGABYTES);
  const dialling = billFor(DIALS, DAYS, 0);
  const renewing = billFor(RENEWAL, DAYS * HOURS_A_DAY, 0);
  return { busy: total(streaming) + total(dialling) + total(renewing), ...partsOf(streaming) };
}

/** Not figures of their own: told beside them, for docs/cost.md. */
const partsOf = ({ requests, duration, rows, storage }: ReturnType<typeof billFor>): Sample => ({
  requests,
  duration,
  rows,
  storage,
});

async function idleMonth(bench: Bench): Promise<Sample> {
  const { room, lobby, cpu, hours } = await windowOf(bench, idle, IDLE_VIEWERS, atRest);
  const times = (DAYS * 24) / hours;
  const sleeping = billFor(countedBy(room, 0), times, KEPT_GIGABYTES);
  const renewing = billFor(RENEWAL, DAYS * 24, 0);
  return {
    idle: total(sleeping) + total(renewing),
    lobby: total(billFor(countedBy(lobby, cpu), times, 0)),
    starts: room.starts,
  };
}
