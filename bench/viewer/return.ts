import * as z from 'zod';
import { openReturningViewer } from '../connections/returning-viewer.ts';
import { RouteSchema } from '../connections/route.ts';
import { watch } from '../connections/watch.ts';
import { GO, LoadSchema } from '../lib/load.ts';
import { printResult, scriptOptions } from '../lib/script.ts';
import { median } from '../lib/statistics.ts';

/** A viewer that misses a load and comes back, some times over; another one stays and sees it come. */
const { via, load, times } = scriptOptions(
  z.object({ via: RouteSchema, load: LoadSchema, times: z.number() }),
);
const total = load.messages * load.bytes;

class Counter {
  #left = 0;
  #all = Promise.withResolvers<void>();

  readonly count = (bytes: number): void => {
    this.#left -= bytes;
    if (this.#left === 0) this.#all.resolve();
  };

  /** Resolves when so many bytes have come from now on. */
  expect(bytes: number): Promise<void> {
    this.#left = bytes;
    this.#all = Promise.withResolvers();
    return this.#all.promise;
  }
}

const stays = new Counter();
const goes = new Counter();
const witness = await watch(via, stays.count);
const returning = await openReturningViewer(via, goes.count);

/** Both viewers see output first, so that the socket to be cut has a position to return to. */
async function seenByBoth(): Promise<void> {
  const both = Promise.all([stays.expect(total), goes.expect(total)]);
  witness.send(GO);
  await both;
}

const took: number[] = [];
await seenByBoth();
for (let time = 0; time < times; time += 1) {
  await returning.leave();
  const sent = stays.expect(total);
  witness.send(GO);
  await sent;
  const all = goes.expect(total);
  const began = performance.now();
  returning.comeBack();
  await all;
  took.push(performance.now() - began);
}
printResult({ ms: median(took) });
process.exit(0);
