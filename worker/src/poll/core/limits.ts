import { MIB } from '@muster/protocol';

/** G5: the bounds of a polled line. Times in ms. */
export const POLL = {
  /** How long a line lives without polls. */
  lease: 15_000,
  /** A poller without a line gets what comes without such a pause. */
  quiet: 20,
  /** H1: a line that was silent for so long sends a ping when it is polled. */
  pingEvery: 20_000,
  /** The buffer of a line, bytes: more than S8 allows in flight. Beyond it the line closes with 4408. */
  heldBytes: 8 * MIB,
  /** L: polls a second of one line, and how many at once; one more is answered later, not refused. */
  pollsPerSecond: 50,
  burst: 100,
} as const;
