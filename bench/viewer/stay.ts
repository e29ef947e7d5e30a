import * as z from 'zod';
import { scriptOptions, tell } from '../lib/script.ts';
import { ViaSchema } from '../lines/via.ts';
import { watch } from '../lines/watch.ts';

const AT_ONCE = 20;

/** Attaches many viewers to one agent and stays until it is told to go. */
const { via, viewers } = scriptOptions(z.object({ via: ViaSchema, viewers: z.number() }));
for (let attached = 0; attached < viewers; attached += AT_ONCE)
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, viewers - attached) }, () => watch(via, () => undefined)),
  );
tell({ port: 0 });
