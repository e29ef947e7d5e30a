import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import { dialThrough } from '../../harness/hosts.ts';
import { Printer } from '../../harness/oracle.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { inMb, MB } from '../../harness/report.ts';
import { until, within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { copyFault } from '../lib/copy-fault.ts';
import { SmallDisk } from '../lib/small-disk.ts';
import { TestBed } from '../lib/test-bed.ts';
import { differs, type TrialResults } from '../lib/trial-results.ts';

const DISK = 24 * MB;
const RATE = 8 * MB;
const SOON_MS = 30_000;
const ALL_MS = 90_000;

/** The host's disk: one that is small, or, where nobody may mount one, a bound on every file of one keeper. */
interface Disk {
  fill(agentId: AgentId): void;
  empty(agentId: AgentId): void;
}

/** Linux: the bound of a process that runs is changed from outside. */
function boundFiles(stage: TestBed, agentId: AgentId, bytes: string): void {
  const [keeper] = stage.keepersOf(stage.uid(agentId));
  execFileSync('prlimit', ['--pid', String(keeper?.pid), `--fsize=${bytes}:unlimited`]);
}

function diskOf(stage: TestBed, small: SmallDisk | null): Disk {
  return {
    fill: (agentId) => (small === null ? boundFiles(stage, agentId, String(MB)) : small.fill()),
    empty: (agentId) => (small === null ? boundFiles(stage, agentId, 'unlimited') : small.empty()),
  };
}

interface Case {
  readonly stage: TestBed;
  readonly disk: Disk;
  readonly agentId: AgentId;
  readonly proxy: FaultyProxy;
  readonly printer: Printer;
  readonly watch: Watch;
  /** The fault in the output received, and how many bytes the gaps report as lost. */
  end(): Promise<{ readonly wrong: string | null; readonly lost: number }>;
}

type Trial = (one: Case) => Promise<readonly (string | null)[]>;

const keeperOf = ({ stage, agentId }: Case) => stage.keepersOf(stage.uid(agentId))[0]?.pid;

/** More than the disk holds goes through it: what the room has makes room for what it has not. */
const passesThrough: Trial = async (one) => {
  const { wrong, lost } = await one.end();
  return [wrong, differs('bytes lost on a disk that is small', lost, 0)];
};

/** The room cannot be reached until long after the disk is full. */
const fullWhileAway: Trial = async (one) => {
  await within('it flows', SOON_MS, one.watch.reaches(2 * MB));
  one.proxy.set('cut');
  one.disk.fill(one.agentId);
  await one.printer.printed(ALL_MS);
  const keeper = keeperOf(one);
  one.disk.empty(one.agentId);
  one.proxy.set('pass');
  const { wrong, lost } = await one.end();
  return [
    wrong,
    lost > 0 ? null : 'nothing was lost: the disk was never full',
    differs('keeper', keeperOf(one), keeper),
  ];
};

/** Somebody else fills it for a while, beside a room that takes everything. */
const fullForAWhile: Trial = async (one) => {
  const keeper = keeperOf(one);
  await within('it flows', SOON_MS, one.watch.reaches(4 * MB));
  one.disk.fill(one.agentId);
  await until('it prints on', SOON_MS, () => one.printer.isDone || keeperOf(one) !== keeper);
  one.disk.empty(one.agentId);
  const { wrong } = await one.end();
  return [wrong, differs('keeper', keeperOf(one), keeper)];
};

/** Whatever is asked while it is full is answered, and true. */
const askedWhileFull: Trial = async (one) => {
  const { stage, agentId } = one;
  const { client } = stage;
  const keeper = keeperOf(one);
  await within('it flows', SOON_MS, one.watch.reaches(MB));
  one.disk.fill(agentId);
  await client.request('agent:pause', { agentId });
  await client.request('agent:resume', { agentId });
  one.disk.empty(agentId);
  await one.printer.printed(ALL_MS);
  const first = await one.end();
  one.disk.fill(agentId);
  const started = await client.request('agent:start', { agentId }, { timeout: SOON_MS, retries: 0 }).then(
    () => true,
    () => false,
  );
  one.disk.empty(agentId);
  if (!started) await client.request('agent:start', { agentId });
  await stage.shows(agentId, 'running', SOON_MS, ({ status }) => status === 'running');
  one.disk.fill(agentId);
  await client.request('agent:terminate', { agentId, force: true });
  one.disk.empty(agentId);
  await stage.shows(
    agentId,
    'stopped',
    SOON_MS,
    ({ status }) => status === 'stopped' || status === 'crashed',
  );
  return [first.wrong, differs('keeper', keeperOf(one), keeper)];
};

const TRIALS: readonly { readonly name: string; readonly bytes: number; readonly trial: Trial }[] = [
  { name: 'small', bytes: 60 * MB, trial: passesThrough },
  { name: 'away', bytes: 60 * MB, trial: fullWhileAway },
  { name: 'awhile', bytes: 32 * MB, trial: fullForAWhile },
  { name: 'asked', bytes: 16 * MB, trial: askedWhileFull },
];

async function perform({ name, bytes, trial }: (typeof TRIALS)[number], tally: TrialResults): Promise<void> {
  using small = SmallDisk.mount(DISK);
  await using stage = await TestBed.open({}, ({ data }) => small?.at(join(data, 'runner')));
  const { client, muster } = stage;
  const disk = diskOf(stage, small);
  const agentId = name as AgentId;
  await using proxy = await FaultyProxy.open(muster.url);
  dialThrough(muster, proxy.url);
  const [copy, seenCopy] = [join(muster.directory, 'printed'), join(muster.directory, 'seen')];
  const printer = new Printer(muster, bytes, { rate: RATE, copy });
  await createAgent(client, muster, { agentId, program: printer.program });
  await using watch = new Watch(muster, agentId, { copy: seenCopy });
  const end = async () => {
    await printer.printed(ALL_MS);
    const { holes } = await within(`${name}: its end has come`, ALL_MS, watch.ended());
    const lost = holes.reduce((sum, hole) => sum + (hole.bytes ?? 0), 0);
    if (lost > 0) tally.note(`${name}: ${inMb(lost)} marked as lost`);
    return { wrong: copyFault(readFileSync(copy), readFileSync(seenCopy), holes), lost };
  };
  const wrong = await trial({ stage, disk, agentId, proxy, printer, watch, end });
  tally.trial(...wrong.map((why) => (why === null ? null : `${name}: ${why}`)));
}

async function run({ count, tally }: Trials): Promise<void> {
  for (const one of TRIALS.slice(0, count)) {
    await perform(one, tally).catch((error: unknown) => tally.fail(`${one.name}: ${error}`));
  }
}

/** The spool's disk is full: what is lost is marked, nothing else is, and it goes on when there is room again. */
export const fullDisk: Battery = {
  id: 19,
  verdict: 'equal or marked',
  target: TRIALS.length,
  minimum: TRIALS.length,
  cost: { fixed: 34, each: 0 },
  run,
};
