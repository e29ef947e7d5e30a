/** The known facts of a command: from its room, or from history, where null stands for absent. */
export interface CommandFacts {
  readonly status: string;
  readonly exitCode?: number | null | undefined;
  readonly signal?: string | null | undefined;
  /** The code of what went wrong beside it. */
  readonly error?: string | null | undefined;
  /** ms it ran; absent or null: it did not. */
  readonly executionTime?: number | null | undefined;
}

/** How a command looks: `busy` runs, `wait` will, `good` and `bad` are over, `hold` was stopped, `rest` never ran. */
export type CommandTone = 'busy' | 'wait' | 'good' | 'bad' | 'hold' | 'rest';

const TONES: Readonly<Record<string, CommandTone>> = {
  queued: 'wait',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  interrupted: 'hold',
  cancelled: 'rest',
};
export const toneOfCommand = ({ status }: CommandFacts): CommandTone => TONES[status] ?? 'rest';

const WORDS: Readonly<Record<string, string>> = {
  queued: 'waiting',
  interrupted: 'stopped',
};
const FAULTS: Readonly<Record<string, string>> = {
  COMMAND_TIMEOUT: 'timed out',
  COMMAND_LOST: 'lost, nobody saw how it ended',
  AGENT_SPAWN_FAILED: 'could not start',
};

/** Its host refused it before there was anything that could run or print, whatever the code of the reason is. */
export const neverStarted = ({ status, exitCode, signal, error, executionTime }: CommandFacts): boolean =>
  status === 'failed' &&
  error != null &&
  error !== 'COMMAND_TIMEOUT' &&
  error !== 'COMMAND_LOST' &&
  exitCode == null &&
  signal == null &&
  executionTime == null;

/** `exit 0`, `exit 2`, `SIGKILL`, `timed out`, `stopped`: the one thing to know first. */
export function resultOf(told: CommandFacts): string {
  const { status, exitCode, signal, error } = told;
  if (status === 'completed' || status === 'failed') {
    if (neverStarted(told)) return 'could not start';
    if (error != null) return FAULTS[error] ?? error.toLowerCase().replaceAll('_', ' ');
    if (signal != null) return signal;
    if (exitCode != null) return `exit ${exitCode}`;
  }
  return WORDS[status] ?? status;
}
