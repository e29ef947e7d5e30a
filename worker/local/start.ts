import { keepFilesPrivate } from '../../agent-runner/src/host/umask.ts';
import { UserError } from '../../agent-runner/src/host/user-error.ts';
import { FlagError, HELP, readFlags } from './config.ts';
import { LocalMode } from './local-mode.ts';

/** npm runs scripts in the project; INIT_CWD is where the person stood. */
async function main(): Promise<number> {
  keepFilesPrivate();
  const asked = readFlags(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  if (asked.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  return (await LocalMode.open(asked.config)).run();
}

// The reader of the output may be gone; that is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  process.exit(await main());
} catch (error) {
  const text =
    error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(error instanceof FlagError ? 2 : 1);
}
