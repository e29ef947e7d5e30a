/** The API on `wrangler dev` and the dashboard on Vite, one origin: for changing code, not for measuring it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'vite';
import { keepFilesPrivate } from '../../agent-runner/src/host/umask.ts';
import { openData } from '../../worker/local/data.ts';
import { Owner } from '../../worker/local/owner.ts';
import { openSecrets } from '../../worker/local/secrets.ts';
import { print, red } from '../lib/console.mjs';
import { ROOT } from '../lib/repo.mjs';

const API_PORT = 8787;
const PAGE_PORT = 5173;
const TEAM = 'default';
const HOST = '127.0.0.1';

keepFilesPrivate();
print(
  red(
    'wrangler dev and Vite listen on ports that every account of this machine can use, and write files by them.',
  ),
);
const data = openData(join(ROOT, '.muster', 'dev'));
const { key } = openSecrets(data.secrets);
const page = `http://${HOST}:${PAGE_PORT}`;
const variables = join(data.directory, 'dev.vars');
writeFileSync(variables, `MUSTER_KEY=${key}\nMUSTER_ORIGINS=${page}\n`, { mode: 0o600 });

const wrangler = (...args) =>
  spawn('wrangler', [...args, '--persist-to', data.state], { cwd: ROOT, stdio: ['ignore', 2, 2] });

const [code] = await once(wrangler('d1', 'migrations', 'apply', 'muster', '--local'), 'exit');
if (code !== 0) process.exit(1);
const api = wrangler('dev', '--ip', HOST, '--port', String(API_PORT), '--env-file', variables);
api.on('exit', (status) => process.exit(status ?? 1));

process.chdir(join(ROOT, 'dashboard'));
const target = `http://${HOST}:${API_PORT}`;
const vite = await createServer({
  root: join(ROOT, 'dashboard'),
  server: {
    host: HOST,
    port: PAGE_PORT,
    strictPort: true,
    proxy: { '/api': { target }, '/ws': { target, ws: true } },
  },
});
await vite.listen();
print(`\n  ${page}\n  sign in: ${await new Owner(key, TEAM).link(page, Date.now())}\n`);

for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => api.kill('SIGTERM'));
