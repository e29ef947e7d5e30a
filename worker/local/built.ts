import * as z from 'zod';

/** What the build wrote from one wrangler.toml; `options` is Miniflare's own, checked by Miniflare. */
export const BuiltSchema = z.object({
  name: z.string(),
  options: z.record(z.string(), z.unknown()),
  databases: z.array(
    z.object({
      binding: z.string(),
      table: z.string(),
      migrations: z.array(z.object({ name: z.string(), statements: z.array(z.string()) })),
    }),
  ),
});
export type Built = z.infer<typeof BuiltSchema>;
export type Database = Built['databases'][number];
