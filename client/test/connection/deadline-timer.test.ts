import { describe, expect, it } from 'vitest';
import { DeadlineTimer } from '../../src/connection/index.ts';

/** A clock whose timers ring when a test says so. */
class HandClock {
  time = 0;
  pending: { readonly run: () => void; readonly delayMs: number } | null = null;
  now = () => this.time;
  start = (run: () => void, delayMs: number) => {
    this.pending = { run, delayMs };
    return () => {
      this.pending = null;
    };
  };

  ring(): void {
    const run = this.pending?.run;
    this.pending = null;
    run?.();
  }
}

function timed() {
  const clock = new HandClock();
  let rung = 0;
  const timer = new DeadlineTimer(clock, () => {
    rung += 1;
  });
  return { clock, timer, rings: () => rung };
}

describe('a deadline timer', () => {
  it('rings once at the time it was last set to', () => {
    const { clock, timer, rings } = timed();
    timer.set(500);
    timer.set(200.5);
    expect(clock.pending?.delayMs).toBe(201);
    clock.ring();
    clock.ring();
    expect(rings()).toBe(1);
  });

  it('can be cleared, and set to the same time again after it rang', () => {
    const { clock, timer, rings } = timed();
    timer.set(100);
    timer.set(null);
    expect(clock.pending).toBeNull();
    timer.set(100);
    clock.ring();
    timer.set(100);
    clock.ring();
    expect(rings()).toBe(2);
  });

  it('waits no less than nothing, and no longer than a timer can', () => {
    const { clock, timer } = timed();
    clock.time = 1_000;
    timer.set(500);
    expect(clock.pending?.delayMs).toBe(0);
    timer.set(Number.POSITIVE_INFINITY);
    expect(clock.pending?.delayMs).toBe(2 ** 31 - 1);
  });
});
