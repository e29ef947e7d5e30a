import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../../scripts/lib/node.mjs';
import { createAgent, type NewAgent } from '../../harness/agents.ts';
import { enrolHost } from '../../harness/host-cli.ts';
import { PROJECT } from '../../harness/muster.ts';
import { inMs } from '../../harness/report.ts';
import { TAG } from '../../harness/survivors.ts';
import { until } from '../../harness/until.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';

const ADOPTED_MS = 2_000;
const SOON_MS = 20_000;
const CLI = join('agent-runner', 'dist');

/** Programs that run on and on, one of each kind; each is known by its pid. */
const AGENTS: readonly NewAgent[] = [
  { agentId: 'pipe', program: ['sh', '-c', 'while :; do echo pipe; sleep 0.2; done'] },
  { agentId: 'shell', program: ['bash', '--norc'], terminal: TERMINAL },
  { agentId: 'jobs', program: ['sh', '-c', 'sleep 900 & setsid sleep 901 & cat'] },
  { agentId: 'deaf', program: ['sh', '-c', "trap '' HUP TERM; while :; do sleep 1; done"] },
  { agentId: 'screen', program: ['sh', '-c', 'while :; do date; sleep 0.1; done'], terminal: TERMINAL },
];

/** The agent-runner of a host of its own: what an operator's service manager starts and stops. */
class Host {
  #runner: ChildProcess | null = null;
  readonly #stage: TestBed;
  readonly #data: string;
  /** A copy, so that another version can take its place. */
  readonly #dist: string;
  #version = 1;

  constructor(stage: TestBed, data: string) {
    this.#stage = stage;
    this.#data = data;
    this.#dist = join(stage.muster.directory, 'dist');
    cpSync(join(PROJECT, CLI), this.#dist, { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(stage.muster.directory, 'node_modules'));
  }

  get #cli(): string {
    return join(this.#dist, 'cli.js');
  }

  start(): void {
    const args = [this.#cli, 'run', '--data', this.#data];
    const env = { ...process.env, [TAG]: this.#stage.muster.tag };
    this.#runner = spawn(findNode(), args, { env, stdio: 'ignore' });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#runner === null) return;
    const gone = once(this.#runner, 'exit');
    this.#runner.kill(signal);
    await gone;
  }

  /** Other files in the place of those that run; the keepers that run are of the old ones. */
  upgrade(): void {
    this.#version += 1;
    writeFileSync(this.#cli, `${readFileSync(this.#cli, 'utf8')}\n// version ${this.#version}\n`);
  }
}

const pidsOf = (stage: TestBed) => AGENTS.map(({ agentId }) => stage.agent(agentId)?.pid).join(' ');

const areAll = (stage: TestBed, connection: 'online' | 'offline') =>
  AGENTS.every(({ agentId }) => stage.agent(agentId)?.connection === connection);

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open({ runner: false });
  const { path } = await enrolHost(stage.muster, 'host');
  const host = new Host(stage, path);
  host.start();
  await until('the host is online', SOON_MS, () =>
    stage.client.hosts.some(({ connection }) => connection === 'online'),
  );
  for (const agent of AGENTS) await createAgent(stage.client, stage.muster, agent);
  const isRunning = ({ agentId }: NewAgent) => stage.agent(agentId)?.pid !== undefined;
  await until('all agents run', SOON_MS, () => areAll(stage, 'online') && AGENTS.every(isRunning));
  const pids = pidsOf(stage);
  const keepers = AGENTS.map(({ agentId }) => stage.keepersOf(stage.uid(agentId))[0]?.pid).join(' ');
  let slowest = 0;
  for (let round = 0; round < count; round += 1) {
    const how = (['kill -9', 'restart', 'upgrade'] as const)[round % 3];
    await host.end(how === 'kill -9' ? 'SIGKILL' : 'SIGTERM');
    await until('all agents are offline', SOON_MS, () => areAll(stage, 'offline'));
    if (how === 'upgrade') host.upgrade();
    const started = performance.now();
    host.start();
    await until(`all agents are adopted after ${how}`, SOON_MS, () => areAll(stage, 'online'));
    const took = performance.now() - started;
    slowest = Math.max(slowest, took);
    const running = AGENTS.every(({ agentId }) => stage.agent(agentId)?.status === 'running');
    const kept = AGENTS.map(({ agentId }) => stage.keepersOf(stage.uid(agentId)).map(({ pid }) => pid)).join(
      ' ',
    );
    tally.trial(
      took <= ADOPTED_MS ? null : `round ${round + 1}, ${how}: adopted after ${inMs(took)}`,
      running && pidsOf(stage) === pids
        ? null
        : `round ${round + 1}, ${how}: programs ${pidsOf(stage)}, not ${pids}`,
      kept === keepers ? null : `round ${round + 1}, ${how}: keepers ${kept}, not ${keepers}`,
    );
  }
  tally.note(`${AGENTS.length} agents, kill -9, restart and upgrade; adopted within ${inMs(slowest)}`);
}

/** The runner is killed, stopped and upgraded under its agents. */
export const runnerKilled: Battery = {
  id: 5,
  verdict: 'adopted',
  target: 30,
  minimum: 3,
  cost: { fixed: 10, each: 1.2 },
  run,
};
