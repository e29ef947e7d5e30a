import * as z from 'zod';
import type { Figure } from './row.ts';
import { percentile } from './statistics.ts';

/** A script's latency percentiles, ms. */
export const LatencySchema = z.object({ p50: z.number(), p99: z.number() });
export type Latency = z.infer<typeof LatencySchema>;

/** @throws RangeError when there are none */
export const latencyOf = (times: readonly number[]): Latency => ({
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
});

/** A time in ms that is to be at most so long. */
export const atMost = (key: string, what: string, value: number): Figure => ({
  key,
  what,
  unit: 'ms',
  goals: [{ kind: 'most', value }],
});
