import { join } from 'node:path';
import { ROOT } from './repo.mjs';

/** For the import rules: what SvelteKit resolves by itself. */
export default { resolve: { alias: { $lib: join(ROOT, 'dashboard', 'src', 'lib') } } };
