import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { bundle } from '../../build.ts';

let built: Promise<string> | null = null;

/** The command as it is shipped, built once for this test file. */
export function builtCli(): Promise<string> {
  built ??= bundle(directory());
  return built;
}

/** Inside the package, so that its dependencies are found. */
const directory = () => join(fileURLToPath(new URL('../../dist', import.meta.url)), `test-${process.pid}`);

afterAll(() => {
  built = null;
  rmSync(directory(), { recursive: true, force: true });
});
