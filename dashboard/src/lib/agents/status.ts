import type { AgentStatus, AgentSummary, Crashes } from '@muster/protocol';
import { clock } from '../clock.svelte.ts';
import { visible } from '../text.ts';

/** How a state looks: `live` works, `asks` needs someone, `wait` changes, `hold` was paused, `bad` failed, `rest` is done. */
export type Tone = 'live' | 'asks' | 'wait' | 'hold' | 'bad' | 'rest' | 'away';

type Known = Pick<AgentSummary, 'status' | 'connection' | 'exitCode' | 'signal' | 'crashes' | 'attention'>;

const TONES: Record<AgentStatus, Tone> = {
  starting: 'wait',
  running: 'live',
  paused: 'hold',
  stopping: 'wait',
  stopped: 'rest',
  crashed: 'bad',
};

/** A host that is away says nothing new, so what its agents are is only what they were. */
export function toneOf(agent: Known): Tone {
  if (agent.connection === 'offline') return 'away';
  // Between two crashes it looks well, and is not.
  if (isCrashing(agent)) return 'bad';
  return agent.attention !== undefined && agent.status === 'running' ? 'asks' : TONES[agent.status];
}

export function labelOf(agent: Known): string {
  if (agent.connection === 'offline') return 'Offline';
  if (toneOf(agent) === 'asks') return 'Needs you';
  if (agent.crashes === undefined) return capital(agent.status);
  return isCrashing(agent) ? 'Crashing' : 'Restarting';
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Whether it fails again and again; one that ends well each time is only started again. */
export const isCrashing = ({ crashes }: Pick<AgentSummary, 'crashes'>): boolean =>
  crashes !== undefined && crashes.exitCode !== 0;

/** `exit 1`, `SIGKILL`, `was running`, `4 times, exit 1, next try in 8 s`, or nothing worth a word. */
export function remarkOf(agent: Known, now: number = clock.now): string | null {
  if (agent.connection === 'offline') return `was ${agent.status}`;
  if (agent.crashes !== undefined) return crashWords(agent.crashes, agent.status, now);
  if (agent.status !== 'stopped' && agent.status !== 'crashed') return null;
  if (agent.signal !== undefined) return agent.signal;
  return agent.exitCode === undefined ? null : `exit ${agent.exitCode}`;
}

/** C13a: `Needs you: Allow rm -rf build?`; null: it asks for nobody, or other things about it come first. */
export function needsOf(agent: Known): string | null {
  const { attention } = agent;
  if (attention === undefined || toneOf(agent) !== 'asks') return null;
  const words =
    attention.kind === 'bell' && attention.text === '' ? 'it rang the bell' : visible(attention.text);
  return words === '' ? 'Needs you' : `Needs you: ${words}`;
}

function crashWords(
  { count, exitCode, signal, nextTryAt }: Crashes,
  status: AgentStatus,
  now: number,
): string {
  const times = count === 1 ? 'once' : `${count} times`;
  const end = signal ?? (exitCode === undefined ? null : `exit ${exitCode}`);
  const wait = nextTryAt === undefined ? 0 : Math.ceil((nextTryAt - now) / 1_000);
  const next =
    nextTryAt === undefined ? `${status} again` : wait > 0 ? `next try in ${wait} s` : 'next try now';
  return [times, end, next].filter((part) => part !== null).join(', ');
}

/** True while the agent has a program that can be written to. */
export function isAlive(status: AgentStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'paused' || status === 'stopping';
}

export const FILTERS = ['all', 'running', 'paused', 'stopped', 'crashed', 'offline'] as const;
export type Filter = (typeof FILTERS)[number];

export function matches(agent: AgentSummary, filter: Filter): boolean {
  if (filter === 'all') return true;
  if (filter === 'offline') return agent.connection === 'offline';
  if (agent.connection === 'offline') return false;
  if (filter === 'crashed') return agent.status === 'crashed' || isCrashing(agent);
  if (isCrashing(agent)) return false;
  if (filter === 'running') return agent.status === 'running' || agent.status === 'starting';
  if (filter === 'stopped') return agent.status === 'stopped' || agent.status === 'stopping';
  return agent.status === filter;
}

/** Every word of `query` must be in the name, slug, host or labels. */
export function found(agent: AgentSummary, hostName: string, query: string): boolean {
  const labels = Object.entries(agent.labels).map(([key, value]) => `${key}=${value}`);
  const text = [agent.name, agent.agentId, hostName, agent.status, ...labels].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** By name, so that rows stay where the eye left them; numbers count as numbers. */
export function byName(left: AgentSummary, right: AgentSummary): number {
  return left.name.localeCompare(right.name, 'en', { numeric: true, sensitivity: 'base' });
}
