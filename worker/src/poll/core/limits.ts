import { MIB } from '@muster/protocol';

/** G5: the bounds of a polled line. Times in ms. */
export const POLL = {
  /** How long a line stays when nobody polls it. */
  lease: 15_000,
  /** A poller without a line gets what comes without such a pause. */
  quiet: 20,
  /** H1: a line that has said nothing for so long sends a ping when it is polled. */
  pingEvery: 20_000,
  /** What a line holds for its poller, bytes: more than S8 lets be under way. Beyond it is closed with 4408. */
  heldBytes: 8 * MIB,
  /** L: polls a second of one line, and how many at once; one more is answered later, not refused. */
  pollsPerSecond: 50,
  burst: 100,
} as const;
