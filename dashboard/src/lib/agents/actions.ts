import type { AgentSummary } from '@muster/protocol';

/** What a person can do to a program with one press. `force` is terminate without mercy. */
export const ACTIONS = ['start', 'pause', 'resume', 'restart', 'terminate', 'force'] as const;
export type Action = (typeof ACTIONS)[number];

/** An action's label, its request on the wire, and the statuses in which it makes sense. */
interface ActionRow {
  readonly label: string;
  readonly hint: string;
  readonly statuses: readonly AgentSummary['status'][];
}

export const ACTION_ROWS: Record<Action, ActionRow> = {
  start: { label: 'Start', hint: 'Start the program', statuses: ['stopped', 'crashed'] },
  pause: { label: 'Pause', hint: 'Stop everything it runs in its tracks (SIGSTOP)', statuses: ['running'] },
  resume: { label: 'Resume', hint: 'Let everything go on (SIGCONT)', statuses: ['paused'] },
  restart: {
    label: 'Restart',
    hint: 'End the program and start it again',
    statuses: ['running', 'paused', 'starting'],
  },
  terminate: {
    label: 'Terminate',
    hint: 'Ask everything to end (SIGTERM), kill what is left after 10 s',
    statuses: ['starting', 'running', 'paused'],
  },
  force: {
    label: 'Force',
    hint: 'Kill everything now (SIGKILL)',
    statuses: ['starting', 'running', 'paused', 'stopping'],
  },
};

/** Why an action makes no sense now; null when it does. */
export function refusal(action: Action, agent: Pick<AgentSummary, 'status' | 'connection'>): string | null {
  if (agent.connection === 'offline') return 'its host is offline';
  const { statuses } = ACTION_ROWS[action];
  return statuses.includes(agent.status) ? null : `it is ${agent.status}`;
}

/** The two that stand in a list's row: go on or hold, end or begin. */
export function rowActions(status: AgentSummary['status']): readonly Action[] {
  if (status === 'stopped' || status === 'crashed') return ['start'];
  return [status === 'paused' ? 'resume' : 'pause', 'terminate'];
}
