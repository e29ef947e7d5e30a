/** Seeds that once found something, and what: run first, so that it stays found. Steps: 400. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 149, found: '[S8] an ack in the next epoch left a viewer waiting for ever' },
  { seed: 255, found: '[S6] a reader through many short segments read one from before this very event' },
  { seed: 172, found: '[S8] a viewer went live with its replay unacked and was sent a MiB more' },
];
