import { expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { countAttempt } from '../../src/auth/attempts.ts';
import type { Env } from '../../src/env.ts';
import { NOW } from '../auth/bodies.ts';

const PERIOD_MS = 60_000;
const LIMIT = 20;
let addresses = 0;
/** From an address of its own. */
function newRequest(): Request {
  addresses += 1;
  const headers = { 'cf-connecting-ip': `2001:db8:0:${addresses.toString(16)}::1` };
  return new Request('https://muster.example', { headers });
}

/** One place of the platform, as it counts: anew with each period, whenever that begins. */
class Place {
  now = NOW;
  readonly #offset: number;
  readonly #counts = new Map<string, number>();

  constructor(offset: number) {
    this.#offset = offset;
  }

  readonly env = {
    ATTEMPTS: {
      limit: async ({ key }: { readonly key: string }) => {
        const period = `${key} ${Math.floor((this.now + this.#offset) / PERIOD_MS)}`;
        const count = (this.#counts.get(period) ?? 0) + 1;
        this.#counts.set(period, count);
        return { success: count <= LIMIT };
      },
    },
  } as unknown as Env;
}

it('[L, X10] an address that waits retryAfter may try again, wherever in a period it was refused', async () => {
  const offset = fc.integer({ min: 0, max: PERIOD_MS });
  const gaps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: LIMIT + 1, maxLength: 3 * LIMIT });
  await fc.assert(
    fc.asyncProperty(offset, gaps, async (begun, waits) => {
      const place = new Place(begun);
      const request = newRequest();
      const tries = () => countAttempt(request, place.env, place.now);
      for (const wait of waits) {
        place.now += wait;
        const refused = await tries();
        if (refused === null) continue;
        expect(refused.code).toBe('RATE_LIMIT');
        place.now += Number(refused.details?.['retryAfter']);
        expect(await tries()).toBeNull();
      }
    }),
  );
});

it('[L, X10] ten ms less fail where the period had just begun', async () => {
  const place = new Place(-(NOW % PERIOD_MS));
  const request = newRequest();
  const tries = () => countAttempt(request, place.env, place.now);
  let refused = null;
  while (refused === null) refused = await tries();
  place.now += Number(refused.details?.['retryAfter']) - 10;
  expect(await tries()).toMatchObject({ code: 'RATE_LIMIT' });
  place.now += 10;
  expect(await tries()).toBeNull();
});
