/** Seeds that found something as the simulation is now, at 400 steps, and what: run first, so that it stays found. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 256, found: '[S8] a viewer went live with its replay unacked and was sent a MiB more' },
];
