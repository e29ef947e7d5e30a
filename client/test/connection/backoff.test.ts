import { dialBackoff } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  DIALLING,
  type LinkEvent,
  type LinkState,
  offersManual,
  STABLE_MS,
  stepLink,
} from '../../src/sync/index.ts';

const lost = (code = 1006, random = 0.5): LinkEvent => ({ type: 'lost', code, random });

/** Dials that come to nothing, `count` times, each as soon as it is due. */
function failing(from: LinkState, count: number): { state: LinkState; delays: number[] } {
  let state = from;
  let now = 0;
  const delays: number[] = [];
  for (let index = 0; index < count; index += 1) {
    if (state.name === 'waiting') {
      delays.push(state.retryAt - now);
      now = state.retryAt;
      state = stepLink(state, { type: 'due' }, now);
    }
    state = stepLink(state, lost(), now);
  }
  if (state.name === 'waiting') delays.push(state.retryAt - now);
  return { state, delays };
}

describe('backoff', () => {
  it('[M9] retries within 0.5 s, then after 1, 2, 4, 8, 16, 30, 30 … s', () => {
    expect(failing(DIALLING, 9).delays).toEqual([
      250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('[M9] varies each by at most 20 %, over that whole range', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, fc.integer({ min: 2, max: 20 }), (r, tries) => {
        const middle = dialBackoff(tries, 0.5);
        expect(dialBackoff(tries, r)).toBeGreaterThanOrEqual(middle * 0.8 - 1e-6);
        expect(dialBackoff(tries, r)).toBeLessThanOrEqual(middle * 1.2);
        expect(dialBackoff(1, r)).toBeLessThan(500);
      }),
    );
    expect(dialBackoff(2, 0)).toBe(800);
    expect(dialBackoff(2, 0.999_999)).toBeCloseTo(1_200, 0);
  });

  it('[M9] offers the button after the fifth dial in a row that failed, and goes on retrying', () => {
    expect(offersManual(failing(DIALLING, 4).state)).toBe(false);
    const { state } = failing(DIALLING, 5);
    expect(offersManual(state)).toBe(true);
    expect(stepLink(state, { type: 'now' }, 1).name).toBe('connecting');
    expect(stepLink(state, { type: 'due' }, 1_000_000).name).toBe('connecting');
  });

  it('[M9] begins anew after a connection that stood, and not after one that did not', () => {
    const { state } = failing(DIALLING, 4);
    const open = stepLink(stepLink(state, { type: 'now' }, 0), { type: 'opened' }, 0);
    expect(open.name).toBe('connected');
    expect(stepLink(open, lost(), STABLE_MS)).toMatchObject({ name: 'waiting', tries: 1, failures: 0 });
    expect(stepLink(open, lost(), STABLE_MS - 1)).toMatchObject({ name: 'waiting', tries: 5, failures: 5 });
  });

  it('[M9] stays away after a close of 4400–4449, unless its reason was mended or a person asks', () => {
    for (const code of [4400, 4401, 4449])
      expect(stepLink(DIALLING, lost(code), 0)).toEqual({ name: 'refused', code });
    for (const code of [1000, 1006, 1012, 4399, 4450])
      expect(stepLink(DIALLING, lost(code), 0).name).toBe('waiting');
    const mended: LinkEvent = { type: 'lost', code: 4401, random: 0, again: true };
    expect(stepLink(DIALLING, mended, 0).name).toBe('waiting');
    const refused = stepLink(DIALLING, lost(4404), 0);
    expect(stepLink(refused, { type: 'due' }, 9e9)).toBe(refused);
    expect(stepLink(refused, { type: 'now' }, 1)).toEqual(DIALLING);
  });

  it('[M9] does nothing before its time, and nothing once closed but when asked', () => {
    const waiting = failing(DIALLING, 3).state;
    expect(stepLink(waiting, { type: 'due' }, 0)).toBe(waiting);
    const closed = stepLink(waiting, { type: 'close' }, 0);
    expect(stepLink(closed, { type: 'due' }, 9e9)).toBe(closed);
    expect(stepLink(closed, lost(), 0)).toBe(closed);
    expect(stepLink(closed, { type: 'opened' }, 0)).toBe(closed);
  });
});
