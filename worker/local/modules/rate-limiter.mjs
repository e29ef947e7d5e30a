import { WorkerEntrypoint } from 'cloudflare:workers';

/** Of each limiter, how often each key was counted in its period. @type {Map<string, {period: number, counts: Map<string, number>}>} */
const windows = new Map();

/**
 * A rate limit binding of wrangler.toml; `props` say which.
 * @extends {WorkerEntrypoint<import('./env.d.ts').Env, import('./env.d.ts').RateLimit>}
 */
export class RateLimiter extends WorkerEntrypoint {
  /** @param {{key: string}} options */
  limit({ key }) {
    const { name, limit, period } = this.ctx.props;
    const now = Math.floor(Date.now() / (period * 1000));
    let window = windows.get(name);
    if (window?.period !== now) {
      window = { period: now, counts: new Map() };
      windows.set(name, window);
    }
    const count = window.counts.get(key) ?? 0;
    if (count >= limit) return { success: false };
    window.counts.set(key, count + 1);
    return { success: true };
  }
}
