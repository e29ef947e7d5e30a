import { registerHooks } from 'node:module';

const WORKERS = new URL('./workers.ts', import.meta.url).href;

/** For `node --import`: the classes of Durable Objects load outside of workerd. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'cloudflare:workers' ? { url: WORKERS, shortCircuit: true } : next(specifier, context),
});
