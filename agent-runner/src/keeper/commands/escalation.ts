/** What is done to a command that is to end, and so many ms after that began (Q6, Q7). */
export interface Deed {
  readonly after: number;
  readonly deed: 'interrupt' | 'terminate' | 'kill';
}
/** Why it is to end. */
export type StopKind = 'timeout' | 'interrupt' | 'force';

/** Each reaches everything the command started, but SIGINT, which goes where a terminal's Ctrl-C would. */
export const ESCALATIONS: Readonly<Record<StopKind, readonly Deed[]>> = {
  timeout: [
    { after: 0, deed: 'terminate' },
    { after: 10_000, deed: 'kill' },
  ],
  interrupt: [
    { after: 0, deed: 'interrupt' },
    { after: 5_000, deed: 'terminate' },
    { after: 10_000, deed: 'kill' },
  ],
  force: [{ after: 0, deed: 'kill' }],
};
