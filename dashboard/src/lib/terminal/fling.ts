/** How a screen that was thrown goes on by itself, as a phone's own lists do. */
export interface Sample {
  /** ms */
  readonly at: number;
  /** px */
  readonly x: number;
  readonly y: number;
}
export interface Velocity {
  /** px a ms */
  readonly x: number;
  readonly y: number;
}

/** ms before the finger left that count for its speed. */
const WINDOW_MS = 100;
/** Speed that is left after a ms. */
const KEPT_PER_MS = 0.997;
/** px a ms: slower than this stands still. */
export const SLOWEST = 0.03;
const FASTEST = 8;

const clamp = (speed: number): number => Math.max(-FASTEST, Math.min(FASTEST, speed));

/** The speed of the finger when it left; nothing where it had come to rest. */
export function velocityOf(samples: readonly Sample[], now: number): Velocity {
  const recent = samples.filter(({ at }) => now - at <= WINDOW_MS);
  const [first, last] = [recent[0], recent.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return { x: 0, y: 0 };
  const ms = last.at - first.at;
  return { x: clamp((last.x - first.x) / ms), y: clamp((last.y - first.y) / ms) };
}

/** Where it is after so many ms, and how fast; null once it stands still. */
export function glide(velocity: Velocity, ms: number): { moved: Velocity; velocity: Velocity } | null {
  if (Math.hypot(velocity.x, velocity.y) < SLOWEST) return null;
  const kept = KEPT_PER_MS ** ms;
  return {
    moved: { x: velocity.x * ms, y: velocity.y * ms },
    velocity: { x: velocity.x * kept, y: velocity.y * kept },
  };
}
