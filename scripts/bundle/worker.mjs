import { bundleModule } from './module.mjs';
import { writeOptions } from './options.mjs';

await bundleModule('worker/src/index.ts', 'worker/dist/index.js');
writeOptions('wrangler.toml', 'worker/dist/options.json');
