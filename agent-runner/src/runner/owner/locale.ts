import { execFile } from 'node:child_process';

const TIMEOUT_MS = 2_000;
/** Best first: neutral, then English; then whatever there is. */
const PREFERRED = [/^C\.utf-?8$/i, /^en_US\.utf-?8$/i, /\.utf-?8$/i];

/** P6: the variables that say which characters a program reads and writes. */
export const LOCALE_VARIABLES = ['LC_ALL', 'LC_CTYPE', 'LANG'] as const;

/** A UTF-8 locale among those that `locale -a` lists; null: there is none. */
export function utf8Locale(list: string): string | null {
  const names = list.split('\n').map((line) => line.trim());
  for (const pattern of PREFERRED) {
    const found = names.find((name) => pattern.test(name));
    // glibc lists C.utf8 and takes both spellings; others take this one only.
    if (found !== undefined) return found.replace(/\.utf-?8$/i, '.UTF-8');
  }
  return null;
}

/** The locale of a program where its owner has none. musl has UTF-8 only, and no command to list it by. */
export function readLocale(environment: Readonly<Record<string, string>>): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('locale', ['-a'], { timeout: TIMEOUT_MS, env: { ...environment } }, (error, list) => {
      resolve(
        error === null ? utf8Locale(list) : 'code' in error && error.code === 'ENOENT' ? 'C.UTF-8' : null,
      );
    });
  });
}
