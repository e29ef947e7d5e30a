import { runProgram } from './lib/run-program.mjs';
import { DEV } from './lib/usages.mjs';

await runProgram(DEV, ['scripts/dev/serve.mjs'], { environment: { WRANGLER_SEND_METRICS: 'false' } });
