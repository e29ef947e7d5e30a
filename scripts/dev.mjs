import { programCommand } from './lib/command.mjs';
import { DEV } from './lib/usages.mjs';

await programCommand(DEV, ['scripts/dev/serve.mjs'], { environment: { WRANGLER_SEND_METRICS: 'false' } });
