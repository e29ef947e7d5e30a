#!/usr/bin/env node
import { withoutCompilers } from './host/compilers.ts';
import { keepFilesPrivate } from './host/umask.ts';
import { isUserError } from './host/user-error.ts';

/** Each process loads its own half: a host runs a hundred keepers, and what one carries in vain counts as often (F11). */
async function main(): Promise<number> {
  keepFilesPrivate();
  const [, , command, ...rest] = process.argv;
  if (command === 'keeper') return (await import('./cli/keeper.ts')).keeper(rest);
  if (command === 'hook') return (await import('./cli/hook.ts')).hook(rest);
  withoutCompilers();
  return (await import('./cli/people.ts')).people();
}

main().then(
  (code) => process.exit(code),
  async (error: unknown) => {
    if (isUserError(error)) {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    }
    const { openLog } = await import('./host/log.ts');
    openLog().fatal({ err: error }, error instanceof Error ? error.message : 'failed');
    process.exit(1);
  },
);
