import * as z from 'zod';

/** So many messages, all of one size. */
export const LoadSchema = z.object({ messages: z.number(), bytes: z.number() });
export type Load = z.infer<typeof LoadSchema>;

/** The word on which a host sends its load, once each time it hears it. */
export const GO = 'go\n';
