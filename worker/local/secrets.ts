import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

const SecretsSchema = z.object({
  /** Signs and checks every token (X2): base64url. */
  key: z.string().regex(/^[\w-]{43,}$/),
});
export type Secrets = z.infer<typeof SecretsSchema>;

/** Null: not made yet. @throws when the file is there and cannot be used */
export function readSecrets(path: string): Secrets | null {
  try {
    return SecretsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Error(`${path} cannot be used`, { cause: error });
  }
}

/** The secrets of a data directory, made on first use and readable by their owner only. */
export function openSecrets(path: string): Secrets {
  const known = readSecrets(path);
  if (known !== null) return known;
  const made: Secrets = { key: randomBytes(KEY_BYTES).toString('base64url') };
  writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { flag: 'wx', mode: OWNER_ONLY });
  return made;
}
