import { setTimeout as lasting } from 'node:timers/promises';
import { createAgent } from '../../harness/agents.ts';
import { Splitter } from '../../harness/frame-transform.ts';
import { dialThrough } from '../../harness/hosts.ts';
import { Printer } from '../../harness/oracle.ts';
import { FaultyProxy, type ProxyStream } from '../../harness/proxy.ts';
import { inMs, MB } from '../../harness/report.ts';
import { until, within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';
import { differs, type TrialResults } from '../lib/trial-results.ts';

/** H1: a dead link is noticed in this, ms; and what a busy machine adds. */
const NOTICED_MS = 60_000;
const BUSY_MS = 2_000;
const S = 1_000;
/** When it has gone on, everything has come after this, ms: the longest wait between two dials, and the copy. */
const HEALED_MS = 60_000;

interface Fault {
  readonly name: string;
  readonly bytes: number;
  /** Bytes a second; absent: as fast as it can. */
  readonly rate?: number;
  passage?(random: () => number): ProxyStream;
  /** The fault injected while the program prints. */
  strike?(proxy: FaultyProxy, watch: Watch, tally: TrialResults): Promise<void>;
}

/** Both ends believe in the link, and new ones are as dead for so long: the path is gone. */
const halfOpen = (seconds: number): Fault => ({
  name: `half-open ${seconds} s`,
  bytes: 0.1 * MB * (seconds + 30),
  rate: 0.1 * MB,
  strike: async (proxy, watch, tally) => {
    await watch.reaches(0.2 * MB);
    const [struck, ended] = [performance.now(), proxy.ended];
    proxy.set('silent');
    const healing = lasting(seconds * S).then(() => proxy.set('pass'));
    await until('the keeper lets the dead link go', NOTICED_MS + BUSY_MS, () => proxy.ended > ended);
    const took = performance.now() - struck;
    tally.note(`${seconds} s half-open noticed after ${inMs(took)}`);
    tally.expect(took <= NOTICED_MS + BUSY_MS, `half-open ${seconds} s: noticed after ${inMs(took)}`);
    await healing;
  },
});

const atPlaces = (act: (proxy: FaultyProxy) => Promise<void> | void) => ({
  bytes: 20 * MB,
  rate: 2 * MB,
  strike: async (proxy: FaultyProxy, watch: Watch) => {
    for (let place = 1; place <= 8; place += 1) {
      await watch.reaches(2 * MB * place);
      await act(proxy);
    }
  },
});

/** In the order in which a small count takes them. */
const FAULTS: readonly Fault[] = [
  halfOpen(10),
  {
    name: 'RST',
    ...atPlaces((proxy) => {
      proxy.set('cut');
      proxy.set('pass');
    }),
  },
  {
    name: 'cut 30 s',
    bytes: 4 * MB,
    rate: 0.1 * MB,
    strike: async (proxy, watch) => {
      await watch.reaches(0.5 * MB);
      proxy.set('cut');
      await lasting(30 * S);
      proxy.set('pass');
    },
  },
  {
    name: 'stall',
    ...atPlaces(async (proxy) => {
      proxy.set('stall');
      await lasting(1.5 * S);
      proxy.set('pass');
    }),
  },
  {
    name: 'drip',
    bytes: 0.06 * MB,
    passage: (random) => ({ up: new Splitter(64, 4, random), down: new Splitter(64, 4, random) }),
  },
  {
    name: 'split frames',
    bytes: 5 * MB,
    rate: MB,
    passage: (random) => ({ up: new Splitter(700, 0, random), down: new Splitter(3, 0, random) }),
  },
  {
    name: 'stall, then RST',
    ...atPlaces(async (proxy) => {
      proxy.set('stall');
      await lasting(0.3 * S);
      proxy.set('cut');
      proxy.set('pass');
    }),
  },
  halfOpen(60),
  halfOpen(300),
];

async function endure(
  stage: TestBed,
  fault: Fault,
  agentId: string,
  { random, tally }: Trials,
  made: () => void,
): Promise<void> {
  const { client, muster } = stage;
  await using proxy = await FaultyProxy.open(muster.url, () => fault.passage?.(random) ?? {});
  const rate = fault.rate === undefined ? {} : { rate: fault.rate };
  const printer = new Printer(muster, fault.bytes, rate);
  // Keepers that start from now on dial through this one; the agents are made one after the other.
  dialThrough(muster, proxy.url);
  await createAgent(client, muster, { agentId, program: printer.program, terminal: TERMINAL });
  made();
  await using watch = new Watch(muster, agentId);
  await fault.strike?.(proxy, watch, tally);
  const { bytes, sha256 } = await printer.printed((fault.bytes / (fault.rate ?? MB)) * S + HEALED_MS);
  const seen = await within(`${fault.name}: everything has come`, HEALED_MS, watch.ended());
  tally.trial(
    differs(`${fault.name}: bytes`, seen.bytes, bytes),
    differs(`${fault.name}: sum`, seen.sha256, sha256),
    differs(`${fault.name}: gaps`, seen.gaps, 0),
  );
}

/** All at the same time, each on an agent and a link of its own. */
async function run(trials: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const faults = FAULTS.slice(0, trials.count);
  const under: Promise<unknown>[] = [];
  for (const [index, fault] of faults.entries()) {
    const made = Promise.withResolvers<void>();
    const enduring = endure(stage, fault, `link-${index}`, trials, made.resolve).catch((error: unknown) =>
      trials.tally.fail(String(error)),
    );
    under.push(enduring);
    await Promise.race([made.promise, enduring]);
  }
  await Promise.all(under);
  trials.tally.note(faults.map(({ name }) => name).join(', '));
}

/** Network faults on a keeper's link. */
export const keeperLink: Battery = {
  id: 2,
  verdict: 'equal',
  target: FAULTS.length,
  minimum: 7,
  cost: { fixed: 75, each: 0.5 },
  run,
};
