import { join } from 'node:path';
import { build } from 'vite';
import { ROOT } from '../lib/repo.mjs';
import { bundleModule } from './module.mjs';
import { writeOptions } from './options.mjs';
import { writePage } from './page.mjs';

const root = join(ROOT, 'dashboard');
// SvelteKit reads its configuration from the working directory.
process.chdir(root);
await build({ root, logLevel: 'warn' });
await bundleModule('dashboard/.svelte-kit/cloudflare/_worker.js', 'dashboard/dist/index.js');
writeOptions('dashboard/wrangler.toml', 'dashboard/dist/options.json');
writePage(join(root, '.svelte-kit', 'cloudflare'), join(root, 'dist', 'page'));
