import * as z from 'zod';
import { RouteSchema } from '../connections/route.ts';
import { watch } from '../connections/watch.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

const AT_ONCE = 20;

/** Attaches many viewers to one agent, or each to a room of its own, and stays until it is told to go. */
const { via, viewers, rooms } = scriptOptions(
  z.object({ via: RouteSchema, viewers: z.number(), rooms: z.string().optional() }),
);
const viaOf = (index: number) =>
  rooms === undefined || via.kind !== 'ws' ? via : { ...via, room: `${rooms}-${index}` };
for (let attached = 0; attached < viewers; attached += AT_ONCE)
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, viewers - attached) }, (_, index) =>
      watch(viaOf(attached + index), () => undefined),
    ),
  );
printResult({ port: 0 });
