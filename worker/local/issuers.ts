import { readFileSync } from 'node:fs';
import { readIssuers } from '../src/auth/issuers/settings.ts';
import { UsageError } from './config.ts';

/**
 * MUSTER_ISSUERS from a file, good as it stands: here nobody looks at health to find out why a sign-in fails.
 * @throws UsageError that names the file and what is wrong with it, and nothing that it holds (X13)
 */
export function issuersFrom(path: string | null): string {
  if (path === null) return '';
  try {
    const text = readFileSync(path, 'utf8');
    readIssuers(text);
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^MUSTER_ISSUERS: /, '') : String(error);
    throw new UsageError(`--issuers ${path}: ${why}`);
  }
}
