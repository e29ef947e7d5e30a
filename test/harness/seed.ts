import { say } from './say.ts';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers from 0 to 1 whose seed is printed; MUSTER_SEED replays a run. */
export function seeded(): () => number {
  const seed = Number(process.env['MUSTER_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  say(`seed ${seed} (replay with MUSTER_SEED=${seed})`);
  return numbers(seed);
}
