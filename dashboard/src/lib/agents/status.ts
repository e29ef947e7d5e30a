import type { AgentStatus, AgentSummary } from '@muster/protocol';

/** How a state looks: `live` works, `wait` changes, `hold` was paused, `bad` needs someone, `rest` is done. */
export type Tone = 'live' | 'wait' | 'hold' | 'bad' | 'rest' | 'away';

type Known = Pick<AgentSummary, 'status' | 'connection' | 'exitCode' | 'signal'>;

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
  return agent.connection === 'offline' ? 'away' : TONES[agent.status];
}

export function labelOf(agent: Known): string {
  return agent.connection === 'offline' ? 'Offline' : capital(agent.status);
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** `exit 1`, `SIGKILL`, `was running`, or nothing worth a word. */
export function remarkOf(agent: Known): string | null {
  if (agent.connection === 'offline') return `was ${agent.status}`;
  if (agent.status !== 'stopped' && agent.status !== 'crashed') return null;
  if (agent.signal !== undefined) return agent.signal;
  return agent.exitCode === undefined ? null : `exit ${agent.exitCode}`;
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
