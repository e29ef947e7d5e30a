/** One step in ending a command, and when it is due after the first (Q6, Q7). */
export interface EscalationStep {
  readonly afterMs: number;
  readonly action: 'interrupt' | 'terminate' | 'kill';
}
/** Why the command ends. */
export type StopKind = 'timeout' | 'interrupt' | 'force';

/** Each reaches everything the command started, but SIGINT, which goes where a terminal's Ctrl-C would. */
export const ESCALATIONS: Readonly<Record<StopKind, readonly EscalationStep[]>> = {
  timeout: [
    { afterMs: 0, action: 'terminate' },
    { afterMs: 10_000, action: 'kill' },
  ],
  interrupt: [
    { afterMs: 0, action: 'interrupt' },
    { afterMs: 5_000, action: 'terminate' },
    { afterMs: 10_000, action: 'kill' },
  ],
  force: [{ afterMs: 0, action: 'kill' }],
};
