import { setTimeout as lasting } from 'node:timers/promises';
import * as z from 'zod';

const TooManySchema = z.object({
  wire: z.object({ code: z.literal('RATE_LIMIT'), details: z.object({ retryAfter: z.number() }) }),
});

/** X18: for requests over a member's rate limit: waits as long as the error says, and retries. */
export async function retryRateLimited<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const told = TooManySchema.safeParse(error);
      if (!told.success) throw error;
      await lasting(told.data.wire.details.retryAfter);
    }
  }
}
