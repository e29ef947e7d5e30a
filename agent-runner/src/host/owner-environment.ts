import * as z from 'zod';

/**
 * P6: what programs get of their host's owner: `environment.json`, written by each runner at its start and read at each
 * start of a program, so that keepers which outlive their runner follow it too.
 */
export const OwnerEnvironmentSchema = z.object({
  variables: z.record(z.string(), z.string()),
  umask: z.number().int().min(0).max(0o7777),
});
export type OwnerEnvironment = z.infer<typeof OwnerEnvironmentSchema>;

/** P6: `--env NAME` passes a variable on, `--env NAME=value` sets it. */
export const ExtraVariableSchema = z
  .string()
  .max(32_768)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(?:=[^\0]*)?$/, 'must be NAME or NAME=value');
