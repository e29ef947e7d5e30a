import * as z from 'zod';

/** A record of outside keys with at most `max` of them; zod itself leaves out `__proto__`. */
export const recordOf = <V extends z.ZodType>(key: z.ZodString, value: V, max: number) =>
  z
    .record(key, value)
    .refine((record) => Object.keys(record).length <= max, `must have at most ${max} entries`);
