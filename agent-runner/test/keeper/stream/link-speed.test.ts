import { expect, test } from 'vitest';
import {
  JUDGED_MS,
  LinkSpeed,
  SLOW_BYTES_PER_S,
  SLOW_FOR_MS,
} from '../../../src/keeper/stream/link-speed.ts';

const MIB = 1024 * 1024;
const FAST = (SLOW_BYTES_PER_S * JUDGED_MS) / 1_000;

test('[S12] a link is slow when it wrote less than 16 MiB/s while something always waited', () => {
  const speed = new LinkSpeed();
  speed.sent(0);
  speed.drained(MIB, MIB, JUDGED_MS - 1);
  expect(speed.isSlow(JUDGED_MS - 1)).toBe(false);
  speed.drained(MIB, MIB, JUDGED_MS);
  expect(speed.isSlow(JUDGED_MS)).toBe(true);
});

test('[S12] a link that writes 16 MiB/s or more is not slow, and one that was is not any more', () => {
  const speed = new LinkSpeed();
  speed.sent(0);
  speed.drained(FAST, MIB, JUDGED_MS);
  expect(speed.isSlow(JUDGED_MS)).toBe(false);
  speed.drained(FAST - 1, MIB, 2 * JUDGED_MS);
  expect(speed.isSlow(2 * JUDGED_MS)).toBe(true);
  speed.drained(FAST, MIB, 3 * JUDGED_MS);
  expect(speed.isSlow(3 * JUDGED_MS)).toBe(false);
});

test('[S12] a program that prints little does not make a link slow: nothing waits', () => {
  const speed = new LinkSpeed();
  for (let now = 0; now < 10 * JUDGED_MS; now += 50) {
    speed.sent(now);
    speed.drained(1_000, 0, now + 1);
    expect(speed.isSlow(now + 1)).toBe(false);
  }
});

test('[S12] what was found slow is held so for 30 s, unless the link is lost or the clock is set back', () => {
  const slow = () => {
    const speed = new LinkSpeed();
    speed.sent(1_000);
    speed.drained(1, 0, 1_000 + JUDGED_MS);
    return speed;
  };
  const at = 1_000 + JUDGED_MS;
  expect(slow().isSlow(at + SLOW_FOR_MS - 1)).toBe(true);
  expect(slow().isSlow(at + SLOW_FOR_MS)).toBe(false);
  expect(slow().isSlow(at - 1)).toBe(false);
  const lost = slow();
  lost.reset();
  expect(lost.isSlow(at)).toBe(false);
  const back = new LinkSpeed();
  back.sent(1_000_000);
  back.drained(1, 1, 0);
  back.drained(1, 1, JUDGED_MS);
  expect(back.isSlow(JUDGED_MS)).toBe(true);
});
