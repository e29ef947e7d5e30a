import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFeed } from '@muster/client';
import type { EndedCommand } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import { hostData } from '../../harness/hosts.ts';
import { until } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TestBed } from '../lib/test-bed.ts';

const SETTLED_MS = 60_000;
/** A command is asked for again under its id until it is acked, ms. */
const ASKED_MS = 50_000;

/** One command, asked for while something is about to die. */
interface Trial {
  readonly stage: TestBed;
  readonly agentId: string;
  readonly feed: AgentFeed;
  readonly random: () => number;
  /** Resolves when the room has taken it. */
  readonly acked: Promise<unknown>;
}
const lasting = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function killServer({ stage }: Trial): Promise<void> {
  await stage.muster.sigkill();
  await stage.muster.start();
}

function killKeeper({ stage, agentId }: Trial): void {
  for (const { pid } of stage.keepersOf(stage.uid(agentId))) process.kill(pid, 'SIGKILL');
}

const journalOf = ({ stage, agentId }: Trial): string =>
  hostData(stage.muster).agent(stage.uid(agentId)).journal;

/** As soon as the journal has more than its head: nothing, or something, was spawned by then. */
function journaled(trial: Trial): Promise<unknown> {
  return until('the journal has it', SETTLED_MS, () => {
    const path = journalOf(trial);
    return existsSync(path) && readFileSync(path, 'utf8').includes('"record"');
  });
}

const running = ({ feed }: Trial) =>
  until('it runs', SETTLED_MS, () =>
    feed.state?.commands?.running.some(({ startedAt }) => startedAt !== undefined),
  );

/** Where in a command's start something dies. */
const STEPS: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  accept: async (trial) => {
    await lasting(trial.random() * 4);
    await killServer(trial);
  },
  store: async (trial) => {
    await trial.acked;
    await killServer(trial);
  },
  send: async (trial) => {
    await journaled(trial);
    await killServer(trial);
  },
  journal: async (trial) => {
    await lasting(trial.random() * 40);
    killKeeper(trial);
  },
  spawn: async (trial) => {
    await journaled(trial);
    await lasting(trial.random() * 30);
    killKeeper(trial);
  },
  report: async (trial) => {
    await running(trial);
    killKeeper(trial);
  },
  'lost journal': async (trial) => {
    await journaled(trial);
    killKeeper(trial);
    rmSync(journalOf(trial), { force: true });
  },
};

async function round(
  stage: TestBed,
  step: string,
  index: number,
  { random, tally }: Trials,
): Promise<string> {
  const { client, muster } = stage;
  const agentId = `start-${index}`;
  await createAgent(client, muster, { agentId, program: ['cat'] });
  const feed = client.open(agentId, { history: 'full' });
  await stage.shows(agentId, 'online', SETTLED_MS, ({ connection }) => connection === 'online');
  await until(`${agentId} is known`, SETTLED_MS, () => feed.state);
  const starts = join(muster.directory, agentId);
  const command = `echo started >> ${starts}; sleep 0.1`;
  try {
    const options = { timeout: ASKED_MS, retries: 20 };
    const acked = client.request('command:request', { agentId, command, hold: true }, options);
    acked.catch(() => undefined);
    await STEPS[step]?.({ stage, agentId, feed, random, acked });
    const commandId = (await acked).result?.['commandId'];
    const ended = await until(`${agentId} (${step}) is settled`, SETTLED_MS, () =>
      feed.state?.commands?.ended.find((one) => one.commandId === commandId),
    );
    const lines = existsSync(starts) ? readFileSync(starts, 'utf8').split('\n').length - 1 : 0;
    tally.trial(...wrong(`${agentId} (${step})`, ended, lines, feed.state?.commands?.ended.length ?? 0));
    return ended.error?.code ?? ended.status;
  } finally {
    feed.close();
    await client.request('agent:delete', { agentId });
  }
}

/** Q5: at most one start, and what is told is what was. */
function wrong(
  who: string,
  { status, exitCode, error }: EndedCommand,
  starts: number,
  count: number,
): (string | null)[] {
  const told = `${status} ${error?.code ?? exitCode}`;
  const isTrue = told === 'failed COMMAND_LOST' || (told === 'completed 0' && starts === 1);
  return [
    starts <= 1 ? null : `${who}: started ${starts} times`,
    isTrue ? null : `${who}: told ${told}, started ${starts} times`,
    count === 1 ? null : `${who}: one request became ${count} commands`,
  ];
}

async function run(trials: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const steps = Object.keys(STEPS);
  const ends = new Map<string, number>();
  for (let index = 0; index < trials.count; index += 1) {
    const step = steps[index % steps.length] ?? '';
    const end = await round(stage, step, index, trials);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  trials.tally.note([...ends].map(([end, count]) => `${count} ${end}`).join(', '));
}

/** Server and keeper die at each step of a command's start: it starts once at most, and is told lost where nobody knows. */
export const commandStarts: Battery = {
  id: 13,
  verdict: 'started once or not at all, and told so',
  target: 140,
  minimum: 7,
  cost: { fixed: 6, each: 4 },
  run,
};
