import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/** The project's directory, without a trailing slash. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** Short and stable for one checkout: names what several runs of it share. */
export const ROOT_ID = createHash('sha256').update(ROOT).digest('hex').slice(0, 12);
