import { join } from 'node:path';

/** The path of a program in `harness/programs`. */
export const programFile = (name: string): string => join(import.meta.dirname, 'programs', name);
