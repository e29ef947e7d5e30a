import * as z from 'zod';

const none = z.record(z.string(), z.never()).optional();
const noneListed = z.array(z.never()).optional();

/** Of a rate limit binding, `period` in s. */
const RateLimitSchema = z.object({ simple: z.object({ limit: z.number(), period: z.number() }) });

/**
 * Wrangler's reading of one wrangler.toml, as far as local mode knows it. A kind of binding that is used there and
 * not known here fails, rather than being left out in silence.
 */
const OptionsSchema = z.object({
  compatibilityDate: z.string(),
  compatibilityFlags: z.array(z.string()),
  bindings: z.record(z.string(), z.string()),
  d1Databases: z.record(z.string(), z.object({ id: z.string() })),
  durableObjects: z.record(z.string(), z.object({ className: z.string(), useSQLite: z.literal(true) })),
  ratelimits: z.record(z.string(), RateLimitSchema),
  serviceBindings: z.record(z.string(), z.object({ name: z.string() })),
  ...{ kvNamespaces: none, r2Buckets: none, queueProducers: none, queueConsumers: none, hyperdrives: none },
  ...{ analyticsEngineDatasets: none, workflows: none, pipelines: none, vectorize: none },
  ...{ wasmBindings: none, textBlobBindings: none, dataBlobBindings: none, secretsStoreSecrets: none },
  ...{ unsafeBindings: noneListed, tails: noneListed, streamingTails: noneListed },
});

/** Written by the build from one wrangler.toml. */
export const BuiltSchema = z.object({
  name: z.string(),
  options: OptionsSchema,
  databases: z.array(
    z.object({
      binding: z.string(),
      table: z.string(),
      migrations: z.array(z.object({ name: z.string(), statements: z.array(z.string()) })),
    }),
  ),
});
export type Built = z.infer<typeof BuiltSchema>;

/** Written by the build (`scripts/bundle/page.mjs`): the dashboard's files by address. */
export const FilesSchema = z.record(
  z.string(),
  z.object({
    path: z.string(),
    type: z.string(),
    hash: z.string(),
    compressed: z.boolean(),
    headers: z.record(z.string(), z.string()),
  }),
);
export type Files = z.infer<typeof FilesSchema>;
