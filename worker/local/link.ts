import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathsIn } from './data.ts';
import { readRunning } from './directory-lock.ts';
import { Owner } from './owner.ts';
import { isAlive } from './processes.ts';
import { readSecrets } from './secrets.ts';

/** `npm run link`: a fresh sign-in link for the instance that runs on a data directory. */
const { values } = parseArgs({ options: { data: { type: 'string', default: '.muster' } } });
const paths = pathsIn(resolve(process.env['INIT_CWD'] ?? process.cwd(), values.data));
const running = readRunning(paths.running);
const secrets = readSecrets(paths.secrets);
if (running?.url === undefined || running.team === undefined || !isAlive(running.main) || secrets === null) {
  process.stderr.write(`Muster does not run on ${paths.directory}; start it with npm start\n`);
  process.exit(1);
}
process.stdout.write(`${await new Owner(secrets.key, running.team).link(running.url, Date.now())}\n`);
