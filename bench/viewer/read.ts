import * as z from 'zod';
import { openConnection } from '../connections/open.ts';
import { RouteSchema } from '../connections/route.ts';
import { printResult, scriptOptions } from '../lib/script.ts';

/** Real clients that read what comes, some for each agent, until they are told to go. */
const { vias, viewers } = scriptOptions(z.object({ vias: z.array(RouteSchema), viewers: z.number() }));
const came = vias.flatMap((via) =>
  Array.from({ length: viewers }, () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    openConnection(via, () => resolve());
    return promise;
  }),
);
await Promise.all(came);
printResult({ port: 0 });
