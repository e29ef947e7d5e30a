import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { RETENTION, retentionDeadline, surplus } from '../../../src/agent-room/core/stream/retention.ts';
import type { SegmentInfo } from '../../../src/agent-room/core/types.ts';
import { E1 } from './rig.ts';

const MIB = 2 ** 20;
const NOTHING = { bytes: 0, frames: 0 };
const NOW = 1_800_000_000_000;

/** Oldest first; each with its bytes, its frames and how long before NOW it was stored. */
function segments(...rows: { bytes: number; frames: number; age: number }[]): SegmentInfo[] {
  let last = 0;
  return rows.map(({ bytes, frames, age }, index) => {
    const first = last + 1;
    last += frames;
    return { slot: index + 1, position: index + 1, epoch: E1, first, last, bytes, at: NOW - age };
  });
}

const runs = fc
  .array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 30 * MIB }),
      frames: fc.integer({ min: 1, max: 800 }),
      age: fc.integer({ min: 0, max: 2 * RETENTION.time }),
    }),
    { maxLength: 40 },
  )
  .map((rows) => segments(...rows.sort((a, b) => b.age - a.age)));

const sumOf = (list: readonly SegmentInfo[]) => list.reduce((sum, { bytes }) => sum + bytes, 0);
const framesOf = (list: readonly SegmentInfo[]) =>
  list.reduce((sum, { first, last }) => sum + last - first + 1, 0);

describe('what a room keeps', () => {
  it('[S5] without a recording: whole old segments go once both bounds are exceeded', () => {
    const full = { bytes: ROOM_LIMITS.keptBytes, frames: ROOM_LIMITS.keptFrames, age: 0 };
    const list = segments({ bytes: 1, frames: 1, age: 5 }, { bytes: 1, frames: 1, age: 5 }, full);
    expect(surplus(list, NOTHING, null, NOW)).toBe(2);
    expect(surplus(list.slice(0, 2), NOTHING, null, NOW)).toBe(0);
    expect(surplus(list, { bytes: full.bytes, frames: full.frames }, null, NOW)).toBe(3);
  });

  it('[S5] a recording is never less than what is kept without one, and never over its bytes but for that', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 0, max: 300 * MIB }), (list, bytes) => {
        const recording = { time: RETENTION.time, bytes };
        const gone = surplus(list, NOTHING, recording, NOW);
        expect(gone).toBeLessThanOrEqual(surplus(list, NOTHING, null, NOW));
        expect(sumOf(list.slice(gone))).toBeLessThanOrEqual(Math.max(bytes, ROOM_LIMITS.keptBytesCap));
      }),
    );
  });

  it('[S5] what goes from a recording is over its time or over its bytes, and what stays is neither, or needed', () => {
    fc.assert(
      fc.property(runs, (list) => {
        const gone = surplus(list, NOTHING, RETENTION, NOW);
        const expired = ({ at }: SegmentInfo) => at + RETENTION.time <= NOW;
        for (const [index, segment] of list.slice(0, gone).entries())
          expect(expired(segment) || sumOf(list.slice(index)) > RETENTION.bytes).toBe(true);
        const [oldest, ...rest] = list.slice(gone);
        if (oldest === undefined || !expired(oldest)) return;
        const enough = sumOf(rest) >= ROOM_LIMITS.keptBytes && framesOf(rest) >= ROOM_LIMITS.keptFrames;
        expect(enough).toBe(false);
      }),
    );
  });

  it('[H2] an idle room’s alarm rings once a day at most, and no more when nothing can go', () => {
    fc.assert(
      fc.property(runs, (list) => {
        let rest = list;
        let before = Number.NEGATIVE_INFINITY;
        for (;;) {
          const due = retentionDeadline(rest, NOTHING, RETENTION);
          if (due === null) break;
          expect(due - before).toBeGreaterThan(86_400_000);
          const gone = surplus(rest, NOTHING, RETENTION, due);
          expect(gone).toBeGreaterThan(0);
          rest = rest.slice(gone);
          before = due;
        }
        expect(surplus(rest, NOTHING, RETENTION, Number.MAX_SAFE_INTEGER)).toBe(
          sumOf(rest) > RETENTION.bytes ? expect.any(Number) : 0,
        );
      }),
    );
  });
});
