import * as z from 'zod';
import { scriptOptions, tell } from '../lib/script.ts';
import { openLine } from '../lines/open.ts';
import { ViaSchema } from '../lines/via.ts';

/** Real clients that read what comes, some for each agent, until they are told to go. */
const { vias, viewers } = scriptOptions(z.object({ vias: z.array(ViaSchema), viewers: z.number() }));
const came = vias.flatMap((via) =>
  Array.from({ length: viewers }, () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    openLine(via, () => resolve());
    return promise;
  }),
);
await Promise.all(came);
tell({ port: 0 });
