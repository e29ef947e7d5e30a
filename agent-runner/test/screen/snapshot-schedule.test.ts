import { expect, test } from 'vitest';
import {
  EXIT_EVERY_MS,
  QUIET_MS,
  SNAPSHOT_BYTES,
  SNAPSHOT_EVERY_MS,
  SnapshotSchedule,
} from '../../src/screen/snapshot-schedule.ts';
import { epochOf } from '../support/frames.ts';

const epoch = epochOf(1);
/** The stream is at `head`, the emulator at `parsed`. */
const progress = (head: number, parsed = head) => ({
  head: { epoch, sequence: head },
  has: (place: { sequence: number }) => place.sequence <= parsed,
});

test('[S14] nothing is due of a terminal to which nothing came', () => {
  const plan = new SnapshotSchedule();
  expect(plan.isDue(progress(1), 10 * QUIET_MS)).toBe(false);
  expect(plan.dueAt()).toBeNull();
});

test('[S14] one is due 10 s after output stopped, once all of it is parsed, and not again', () => {
  const plan = new SnapshotSchedule();
  plan.outputWritten(5, 1_000);
  expect(plan.dueAt()).toBe(1_000 + QUIET_MS);
  expect(plan.isDue(progress(3), 999 + QUIET_MS)).toBe(false);
  expect(plan.isDue(progress(3, 2), 1_000 + QUIET_MS)).toBe(false);
  expect(plan.isDue(progress(3), 1_000 + QUIET_MS)).toBe(true);
  plan.snapshotTaken(progress(3), 1_000 + QUIET_MS);
  expect(plan.isDue(progress(3), 100 * QUIET_MS)).toBe(false);
  expect(plan.dueAt()).toBeNull();
});

test('[S14] one is due after 4 MiB, but while output goes on every 30 s at most', () => {
  const plan = new SnapshotSchedule();
  let taken = 0;
  const hour = 60 * 60_000;
  for (let now = 0; now < hour; now += 100) {
    plan.outputWritten(500_000 / 10, now);
    if (!plan.isDue(progress(now + 1, now), now)) continue;
    plan.snapshotTaken(progress(now + 1, now), now);
    taken += 1;
  }
  expect(taken).toBe(hour / SNAPSHOT_EVERY_MS - 1);
  plan.outputWritten(SNAPSHOT_BYTES, hour);
  expect(plan.dueAt()).toBeLessThanOrEqual(hour + SNAPSHOT_EVERY_MS);
});

test('[S14] one is due of an ended program when its last byte is parsed, however often it ends', () => {
  const plan = new SnapshotSchedule();
  plan.outputWritten(1, 0);
  plan.programExited({ epoch, sequence: 7 });
  expect(plan.isDue(progress(9, 6), EXIT_EVERY_MS)).toBe(false);
  expect(plan.isDue(progress(9, 7), EXIT_EVERY_MS)).toBe(true);
  plan.snapshotTaken(progress(9), EXIT_EVERY_MS);
  plan.programExited({ epoch, sequence: 12 });
  expect(plan.isDue(progress(12), 10 * EXIT_EVERY_MS)).toBe(false);
  plan.outputWritten(1, 10 * EXIT_EVERY_MS);
  plan.programExited({ epoch, sequence: 14 });
  plan.snapshotTaken(progress(14), 10 * EXIT_EVERY_MS);
  plan.outputWritten(1, 10 * EXIT_EVERY_MS);
  plan.programExited({ epoch, sequence: 16 });
  expect(plan.isDue(progress(16), 11 * EXIT_EVERY_MS - 1)).toBe(false);
  expect(plan.dueAt()).toBe(11 * EXIT_EVERY_MS);
});

test('[S14] one that was asked for is due at once of what was there, whatever came before and comes after', () => {
  const plan = new SnapshotSchedule();
  plan.snapshotRequested({ epoch, sequence: 5 });
  expect(plan.mayHurry(0)).toBe(true);
  expect(plan.isDue(progress(900, 4), 0)).toBe(false);
  expect(plan.isDue(progress(900, 5), 0)).toBe(true);
  plan.snapshotTaken(progress(900, 5), 0);
  expect(plan.isDue(progress(900, 5), 0)).toBe(false);
});

test('[S14] the emulator takes little of the processor while output comes', () => {
  const plan = new SnapshotSchedule();
  plan.outputWritten(1, 1_000);
  expect(plan.mayHurry(1_010)).toBe(false);
  expect(plan.mayHurry(2_000)).toBe(true);
  // The clock was set back.
  expect(plan.mayHurry(10)).toBe(true);
});
