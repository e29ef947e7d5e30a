import { describe, expect, it } from 'vitest';
import { CastReader, type RecordedEvent } from '$lib/recording/cast-reader.ts';
import {
  countUntil,
  drawFrom,
  lengthOf,
  pause,
  play,
  SPEEDS,
  START,
  seek,
  tick,
} from '$lib/recording/playback.ts';
import fc from '../../../test/harness/fast-check.ts';

const says = (...times: number[]): RecordedEvent[] =>
  times.map((at) => ({ at, type: 'output', text: 'x', fresh: false }));
const TIMES = fc
  .array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 30 })
  .map((times) => says(...times.sort((a, b) => a - b)));

describe('playing', () => {
  it('[B11] goes at its speed and stands still at its end', () => {
    const list = says(0, 1_000, 2_000);
    let playback = play({ ...START, speed: 2 }, list, 500);
    playback = tick(playback, list, 900);
    expect(playback.at).toBe(800);
    playback = tick(playback, list, 9_000);
    expect([playback.at, playback.since]).toEqual([2_000, null]);
    expect(play(playback, list, 10_000).at).toBe(0);
  });

  it('[B11] shows no more than 2 s of a pause, where pauses are skipped', () => {
    const list = says(0, 60_000, 61_000);
    const playing = play(START, list, 0);
    expect(tick(playing, list, 1_999).at).toBe(1_999);
    expect(tick(playing, list, 2_000).at).toBe(60_000);
    expect(tick(playing, list, 2_500).at).toBe(60_500);
    expect(tick({ ...playing, skipIdle: false }, list, 2_500).at).toBe(2_500);
    // In the midst of a pause that was sought, the rest of it is skipped at once.
    expect(tick(play(seek(START, list, 30_000), list, 0), list, 1).at).toBe(60_001);
  });

  it('[B11] comes to the same place however often it is looked at', () => {
    fc.assert(
      fc.property(
        TIMES,
        fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 20 }),
        fc.constantFrom(...SPEEDS),
        fc.boolean(),
        (list, steps, speed, skipIdle) => {
          const begun = play({ ...START, speed, skipIdle }, list, 0);
          let now = 0;
          let playback = begun;
          for (const step of steps) {
            now += step;
            const next = tick(playback, list, now);
            expect(next.at).toBeGreaterThanOrEqual(playback.at);
            playback = next;
          }
          expect(playback.at).toBeCloseTo(tick(begun, list, now).at, 6);
        },
      ),
    );
  });

  it('[B11] stands still while it is paused, and seeks within its bounds', () => {
    const list = says(0, 5_000);
    const paused = pause(tick(play(START, list, 0), list, 1_000));
    expect(tick(paused, list, 9_000).at).toBe(1_000);
    expect([seek(paused, list, -5).at, seek(paused, list, 9_999).at]).toEqual([0, lengthOf(list)]);
    expect([lengthOf([]), countUntil(list, 4_999), countUntil(list, 5_000)]).toEqual([0, 1, 2]);
  });

  it('[S14] is drawn from the nearest screen, the beginning, or what is there', () => {
    const list = says(0, 1, 2, 3, 4, 5).map((one, index) => ({ ...one, fresh: index === 3 }));
    expect(drawFrom(list, 1, 2)).toBe(1);
    expect(drawFrom(list, 2, 1)).toBe(0);
    expect(drawFrom(list, 1, 5)).toBe(3);
    expect(drawFrom(list, 4, 5)).toBe(4);
    expect(drawFrom(list, 6, 5)).toBe(3);
  });
});

describe('an asciicast as it comes', () => {
  const lines = [
    '{"version":2,"width":80,"height":24,"title":"a"}',
    '[0,"o","a"]',
    '[0.5,"r","100x30"]',
    '[0.75,"i","typed"]',
    '[1,"m","gap"]',
    '[1.5,"o","\\u0018\\u001bcS"]',
    '',
  ].join('\n');

  it('[B11] is read in any pieces, and what is not known is passed over', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length), { maxLength: 8 }), (cuts) => {
        const reader = new CastReader();
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), lines.length]) {
          reader.push(lines.slice(from, to));
          from = to;
        }
        expect(reader.recording?.header.width).toBe(80);
        expect(reader.recording?.events).toEqual([
          { at: 0, type: 'output', text: 'a', fresh: false },
          { at: 500, type: 'resize', cols: 100, rows: 30 },
          { at: 1_000, type: 'marker', label: 'gap' },
          { at: 1_500, type: 'output', text: '\x18\x1bcS', fresh: true },
        ]);
      }),
    );
  });

  it('[B11] of another version, or none at all, is refused', () => {
    expect(() => new CastReader().push('{"version":3}\n')).toThrow();
    expect(() => new CastReader().push('<html>\n')).toThrow();
    expect(new CastReader().recording).toBeNull();
  });
});
