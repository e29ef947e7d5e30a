import { resolve } from 'node:path';
import * as z from 'zod';
import { flagsOf } from '../../scripts/lib/usage.mjs';
import { LINK } from '../../scripts/lib/usages.mjs';
import { USUAL_DATA } from './config.ts';
import { pathsIn } from './data.ts';
import { readRunning } from './directory-lock.ts';
import { Owner } from './owner.ts';
import { isAlive } from './processes.ts';
import { readSecrets } from './secrets.ts';

/** `npm run link`: a fresh sign-in link for the instance that runs on a data directory. */
const { data } = z.object({ data: z.string().default(USUAL_DATA) }).parse(flagsOf(LINK));
const paths = pathsIn(resolve(process.env['INIT_CWD'] ?? process.cwd(), data));
const running = readRunning(paths.running);
const secrets = readSecrets(paths.secrets);
if (running?.url === undefined || running.team === undefined || !isAlive(running.main) || secrets === null) {
  process.stderr.write(`Muster does not run on ${paths.directory}; start it with npm start\n`);
  process.exit(1);
}
process.stdout.write(`${await new Owner(secrets.key, running.team).link(running.url, Date.now())}\n`);
