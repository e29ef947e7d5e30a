import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentState, AgentStateSchema } from '@muster/protocol';
import { expect, it, vi } from 'vitest';
import { Muster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';
import { until } from '../harness/until.ts';

/** P2's grace, and 2 s. */
const GONE_WITHIN_MS = 12_000;
const MINUTE_MS = 60_000;

/** Muster as a shell starts it: a process group of its own, through npm or without. Programs carry the tag too. */
const grouped = (command: readonly [string, ...string[]], ...flags: string[]) =>
  new Muster({ command: ['setsid', ...command], flags: ['--env', TAG, ...flags] });
const DEAF = 'trap "" TERM HUP INT; : agent-program; while :; do sleep 1; done';
const NPM = ['npm', 'start', '--'] as const;

/** Resolves when its program runs. */
async function agent(muster: Muster, name: string, line: string): Promise<void> {
  const headers = { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' };
  const program = { command: '/bin/sh', args: ['-c', line] };
  const body = JSON.stringify({ name, kind: 'process', workspace: muster.directory, program });
  const made = await fetch(`${muster.url}/api/agents`, { method: 'POST', headers, body });
  expect(made.status).toBe(201);
}

async function statusOf(muster: Muster, name: string): Promise<AgentState['agent']['status']> {
  const headers = { authorization: `Bearer ${muster.token}` };
  const answer = await fetch(`${muster.url}/api/agents/${name}`, { headers });
  return AgentStateSchema.parse(await answer.json()).agent.status;
}

const isMeant = (muster: Muster) => existsSync(join(muster.data, 'runner', 'stopping'));
/** It says so, or has ended. */
function isStopping(muster: Muster): boolean {
  try {
    return muster.running.state === 'stopping';
  } catch {
    return true;
  }
}
/** Its group may be gone already. */
function toGroup(muster: Muster, name: NodeJS.Signals): void {
  try {
    process.kill(-muster.child.pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
const programs = (muster: Muster) =>
  muster.survivors.filter(({ command }) => command.includes('agent-program'));
const nothingLives = (muster: Muster) =>
  vi.waitFor(() => expect(muster.survivors).toEqual([]), { timeout: GONE_WITHIN_MS, interval: 100 });

/** The time that a supervisor waits between SIGINT and SIGKILL. */
const MOMENTS: Readonly<Record<string, (muster: Muster) => Promise<unknown>>> = {
  '60 ms': () => new Promise((resolve) => setTimeout(resolve, 60)),
  'until stopping is written down': (muster) => until('the file', MINUTE_MS, () => isMeant(muster)),
  'until it says that it stops': (muster) => until('its word', MINUTE_MS, () => isStopping(muster)),
};

it.each(Object.keys(MOMENTS))(
  '[P2] a group that is killed %s after Ctrl-C leaves neither keeper nor program',
  async (moment) => {
    await using muster = await grouped(NPM).start();
    await agent(muster, 'quick', ': agent-program; exec sleep 1000');
    await agent(muster, 'deaf', DEAF);
    await vi.waitFor(() => expect(programs(muster).length).toBeGreaterThan(0), { timeout: 5_000 });
    toGroup(muster, 'SIGINT');
    await MOMENTS[moment]?.(muster);
    toGroup(muster, 'SIGKILL');
    await nothingLives(muster);
  },
);

it('[P2] a group that is killed at once has either written that it stops, or left its agents to the next start', async () => {
  await using muster = await grouped(NPM).start();
  await agent(muster, 'one', ': agent-program; while :; do sleep 1; done');
  toGroup(muster, 'SIGINT');
  toGroup(muster, 'SIGKILL');
  const isOver = ({ command }: { command: string }) => /workerd|local\/start\.ts/.test(command);
  await vi.waitFor(() => expect(muster.survivors.filter(isOver)).toEqual([]), { timeout: 10_000 });
  if (isMeant(muster)) return nothingLives(muster);
  expect(programs(muster)).toHaveLength(1);
  await muster.start();
  await vi.waitFor(async () => expect(await statusOf(muster, 'one')).toBe('running'), { timeout: 10_000 });
});

it('[P2] one Ctrl-C through npm is one: agents end in order, and nothing is left when it has ended', async () => {
  await using muster = await grouped(NPM).start();
  await agent(muster, 'deaf', DEAF);
  toGroup(muster, 'SIGINT');
  await muster.child.ended();
  await vi.waitFor(() => expect(muster.survivors).toEqual([]), { timeout: 1_000, interval: 50 });
});

it('[P3] with --keep-agents a stop ends no agent, however it is cut short', async () => {
  await using muster = await grouped(NPM, '--keep-agents').start();
  await agent(muster, 'one', ': agent-program; while :; do sleep 1; done');
  toGroup(muster, 'SIGINT');
  await until('its word', MINUTE_MS, () => isStopping(muster));
  toGroup(muster, 'SIGKILL');
  await muster.child.ended();
  expect(isMeant(muster)).toBe(false);
  await muster.start();
  await vi.waitFor(async () => expect(await statusOf(muster, 'one')).toBe('running'), { timeout: 10_000 });
  expect(programs(muster)).toHaveLength(1);
});

it('[P10] a one-off that has ended stays ended over a stop and a start', async () => {
  await using muster = await grouped(NPM).start();
  await agent(muster, 'once', 'exit 0');
  await agent(muster, 'service', ': agent-program; exec sleep 1000');
  await vi.waitFor(async () => expect(await statusOf(muster, 'once')).toBe('stopped'), { timeout: 5_000 });
  await muster.stop();
  await muster.start();
  await vi.waitFor(async () => expect(await statusOf(muster, 'service')).toBe('running'), {
    timeout: 10_000,
  });
  expect(await statusOf(muster, 'once')).toBe('stopped');
});
