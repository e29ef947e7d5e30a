import * as z from 'zod';

/** A record of outside keys with at most `max` of them; zod itself leaves out `__proto__`. */
export const recordOf = <V extends z.ZodType>(key: z.ZodString, value: V, max: number) =>
  z
    .record(key, value)
    .refine((record) => Object.keys(record).length <= max, `must have at most ${max} entries`);

/**
 * F16: a field that passes unread and is parsed where it is used, so that a page without conversations does not carry
 * their schemas. Bounded by its message (S13). The type is what its sender must give.
 */
export const late = <T>(): z.ZodType<T> => z.unknown() as z.ZodType<T>;
