import { createRequire } from 'node:module';
import * as z from 'zod';

const require = createRequire(import.meta.url);
const PackageSchema = z.object({ version: z.string() });

/** `ws` → `ws 8.23.0`. */
export function withVersion(name: string, shown = name): string {
  return `${shown} ${PackageSchema.parse(require(`${name}/package.json`)).version}`;
}
