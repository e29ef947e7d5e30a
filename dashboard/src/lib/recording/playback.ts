import type { RecordedEvent } from './cast-reader.ts';

export const SPEEDS = [0.5, 1, 2, 5, 10] as const;
export type Speed = (typeof SPEEDS)[number];

/** ms without anything after which a pause is skipped. */
export const IDLE_MS = 2_000;

/** Where a recording is being shown. Times are ms: `at` of the recording, `since` of the clock. */
export interface Playback {
  readonly at: number;
  /** When `at` was right; null: it stands still. */
  readonly since: number | null;
  readonly speed: Speed;
  readonly skipIdle: boolean;
}

export const START: Playback = { at: 0, since: null, speed: 1, skipIdle: true };

export const lengthOf = (events: readonly RecordedEvent[]) => events.at(-1)?.at ?? 0;

/** The playback as it is at `now`; at its end it stands still. */
export function tick(playback: Playback, events: readonly RecordedEvent[], now: number): Playback {
  if (playback.since === null) return playback;
  const by = Math.max(0, now - playback.since) * playback.speed;
  const at = forward(events, playback.at, by, playback.skipIdle);
  const over = at >= lengthOf(events);
  return { ...playback, at, since: over ? null : now };
}

/** From its end it plays from the beginning. */
export function play(playback: Playback, events: readonly RecordedEvent[], now: number): Playback {
  const at = playback.at >= lengthOf(events) ? 0 : playback.at;
  return { ...playback, at, since: now };
}

export const pause = (playback: Playback): Playback => ({ ...playback, since: null });

export function seek(playback: Playback, events: readonly RecordedEvent[], to: number): Playback {
  return { ...playback, at: Math.min(Math.max(0, to), lengthOf(events)) };
}

/** How many events are over at `at`: those at this very time too. */
export function countUntil(events: readonly RecordedEvent[], at: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Where to draw from, to show the first `count` of them: a screen that stands for all before it, else the beginning;
 * or `drawn`, what is there already, when that is no further back.
 */
export function drawFrom(events: readonly RecordedEvent[], drawn: number, count: number): number {
  const fresh = events.findLastIndex(
    (happening, index) => index < count && happening.type === 'output' && happening.fresh,
  );
  if (drawn <= count && drawn >= fresh) return drawn;
  return Math.max(0, fresh);
}

function forward(events: readonly RecordedEvent[], from: number, by: number, skipIdle: boolean): number {
  let at = from;
  let left = by;
  for (let index = countUntil(events, at); index < events.length; index += 1) {
    const next = events[index]?.at ?? at;
    const before = events[index - 1]?.at ?? 0;
    const waits = skipIdle && next - before > IDLE_MS ? Math.max(0, before + IDLE_MS - at) : next - at;
    if (left < waits) return at + left;
    left -= waits;
    at = next;
  }
  return at;
}
