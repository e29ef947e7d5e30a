import * as z from 'zod';
import { connect, EndpointSchema } from '../connections/endpoint.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

const AT_ONCE = 20;

/** Connects many viewers and stays until it is told to go. */
const { door, viewers } = scriptOptions(z.object({ door: EndpointSchema, viewers: z.number() }));

for (let connected = 0; connected < viewers; connected += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, viewers - connected) }, () => connect(door)));
}
printResult({ port: 0 });
