import { getSystemErrorMap } from 'node:util';

/** A system error in words, as `no space left on device (ENOSPC)`; null: it is no system error. */
export function systemErrorInWords(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const known = [...getSystemErrorMap().values()].find(([name]) => name === error.code);
  if (known !== undefined) return `${known[1]} (${known[0]})`;
  return /^E[A-Z0-9]{2,}$/.test(error.code) ? error.code : null;
}
