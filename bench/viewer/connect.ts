import * as z from 'zod';
import { connect, EndpointSchema } from '../connections/endpoint.ts';
import { latencyOf } from '../lib/latency.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/** Connects one viewer after the other and tells how long each took to be in. */
const { door, times } = scriptOptions(z.object({ door: EndpointSchema, times: z.number() }));
/** The first few pay for what is loaded on demand on this side. */
const WARM_UP = 5;
const took: number[] = [];

for (let time = -WARM_UP; time < times; time += 1) {
  const began = performance.now();
  const leave = await connect(door);
  if (time >= 0) took.push(performance.now() - began);
  leave();
}
printResult(latencyOf(took));
process.exit(0);
