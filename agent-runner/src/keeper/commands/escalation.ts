/** What is done to a command that is to end, and so many ms after that began (Q6, Q7). */
export interface EscalationStep {
  readonly afterMs: number;
  readonly action: 'interrupt' | 'terminate' | 'kill';
}
/** Why it is to end. */
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
