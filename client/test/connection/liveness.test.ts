import { describe, expect, it } from 'vitest';
import { alive, livenessDeadline, messageReceived, tickLiveness } from '../../src/connection/liveness.ts';

describe('liveness', () => {
  it('[H1] pings every 20 s and is dead after 40 s of silence', () => {
    const first = tickLiveness(alive(0), 20_000);
    expect(first.act).toBe('ping');
    expect(livenessDeadline(first.state)).toBe(40_000);
    expect(tickLiveness(first.state, 40_000).act).toBe('dead');
  });

  it('[H1] goes on pinging while anything arrives', () => {
    let state = alive(0);
    for (let now = 20_000; now < 400_000; now += 20_000) {
      const next = tickLiveness(state, now);
      expect(next.act).toBe('ping');
      state = messageReceived(next.state, now + 5);
    }
    expect(tickLiveness(state, livenessDeadline(state) - 1).act).toBeNull();
  });

  it('[H1] a machine that slept asks before it gives the link up', () => {
    const state = messageReceived(alive(0), 10);
    expect(tickLiveness(state, 9_000_000).act).toBe('ping');
  });
});
