import { LIMITS } from '@muster/protocol';
import { SPOOL_LIMITS, type SpoolLimits } from '../../agent-runner/src/spool/spool.ts';
import { ROOM_LIMITS } from '../../worker/src/agent-room/core/limits.ts';

const KIB = 1024;

/** How large one world is. */
export interface Scale {
  readonly codec: boolean;
  /** Whether people ask for commands, and how many may run at once (Q2). */
  readonly commands: { readonly concurrency: number } | null;
  /** Whether people close their laptops for minutes. */
  readonly laptops: boolean;
  readonly spool: SpoolLimits;
  /** Bytes of one flood of output. */
  readonly flood: number;
}

const REAL = { ...ROOM_LIMITS };
/** S5, S8 and S14 at a size that a few hundred steps go through often. */
const SMALL = {
  ...ROOM_LIMITS,
  tailBytes: 16 * KIB,
  openSegmentBytes: 2 * KIB,
  keptBytes: 32 * KIB,
  keptFrames: 50,
  keptBytesCap: 128 * KIB,
  parkBytes: 32 * KIB,
  resumeBytes: 16 * KIB,
  feedBytes: 8 * KIB,
  windowBytes: 24 * KIB,
  maxWindowBytes: 64 * KIB,
  replayBytes: 4 * KIB,
  staleBytes: 12 * KIB,
  endedCommands: 8,
};
const QUEUED = LIMITS.queuedCommands;
/** Q3. */
const SMALL_QUEUE = 6;
const SMALL_SPOOL: SpoolLimits = {
  bytes: 8 * KIB,
  eventBytes: 1024 * KIB,
  segmentBytes: 2 * KIB,
  reserveBytes: KIB,
};

export const hasCommands = (seed: number) => seed % 5 === 0 || seed % 5 === 3;

/**
 * One seed in 16 runs at the real limits; the others at small ones, which are set for as long as the world
 * runs: the cores have no door for that. One in 4 speaks through the codec, one in 2 has a small spool, two in 5 have
 * commands, three in 7 laptops that sleep.
 */
export function scaleOf(seed: number): Scale {
  const real = seed % 16 === 0;
  Object.assign(ROOM_LIMITS, real ? REAL : SMALL);
  Object.assign(LIMITS, { queuedCommands: real ? QUEUED : SMALL_QUEUE });
  return {
    codec: seed % 4 === 0,
    commands: hasCommands(seed) ? { concurrency: 1 + (seed % 3) } : null,
    laptops: seed % 7 < 3,
    spool: seed % 2 === 0 ? SPOOL_LIMITS : SMALL_SPOOL,
    flood: real ? 700 * KIB : 10 * KIB,
  };
}
