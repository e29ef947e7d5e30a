import type { AgentSummary } from '@muster/protocol';

/** The actions on a program. `force` is `stop` by SIGKILL. */
export type Action = 'start' | 'pause' | 'resume' | 'restart' | 'stop' | 'force';

/** An action's name, and what it does. */
export const ACTION_ROWS: Record<Action, { readonly label: string; readonly hint: string }> = {
  start: { label: 'Start', hint: 'Start the program' },
  pause: { label: 'Pause', hint: 'Hold everything it runs where it is (SIGSTOP)' },
  resume: { label: 'Resume', hint: 'Let everything go on (SIGCONT)' },
  restart: { label: 'Restart', hint: 'End the program and start it again' },
  stop: { label: 'Stop', hint: 'Ask everything to end (SIGTERM), kill what is left after 10 s' },
  force: { label: 'Force stop', hint: 'Kill everything now (SIGKILL)' },
};

/** These end what runs, so a slip of the finger can be taken back before they are sent. */
export const isReversible = (action: Action): action is 'stop' | 'restart' =>
  action === 'stop' || action === 'restart';

/** Which actions there are now: those at hand, and those behind ⋯. None that makes no sense in this state. */
export interface OfferedActions {
  readonly first: readonly Action[];
  readonly more: readonly Action[];
}
const NOTHING: OfferedActions = { first: [], more: [] };

type Known = Pick<AgentSummary, 'status' | 'connection' | 'crashes'>;

/** `stalled`: it was asked to stop a while ago, and is still there. A host that is away can be asked for nothing. */
export function offeredActions({ status, connection, crashes }: Known, stalled: boolean): OfferedActions {
  if (connection === 'offline') return NOTHING;
  switch (status) {
    case 'starting':
      return { first: ['restart', 'stop'], more: ['force'] };
    case 'running':
      return { first: ['restart', 'stop'], more: ['pause', 'force'] };
    case 'paused':
      return { first: ['resume', 'stop'], more: ['restart', 'force'] };
    case 'stopping':
      return stalled ? { first: ['force'], more: [] } : { first: [], more: ['force'] };
    case 'stopped':
    case 'crashed':
      return { first: crashes === undefined ? ['start'] : ['start', 'stop'], more: [] };
  }
}
