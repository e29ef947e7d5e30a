import * as z from 'zod';
import { scriptOptions, tell } from '../lib/script.ts';
import { connect, DoorSchema } from '../lines/connect.ts';

const AT_ONCE = 20;

/** Connects many viewers and stays until it is told to go. */
const { door, viewers } = scriptOptions(z.object({ door: DoorSchema, viewers: z.number() }));

for (let connected = 0; connected < viewers; connected += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, viewers - connected) }, () => connect(door)));
}
tell({ port: 0 });
