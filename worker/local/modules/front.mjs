import api from '../../dist/index.js';
import { fileOf, gzipped } from './files.mjs';

/** The Durable Objects of the Worker, and what stands here for services of Cloudflare's. */
export * from '../../dist/index.js';
export { Files } from './files.mjs';
export { Housekeeper } from './housekeeper.mjs';
export { NoCache } from './no-cache.mjs';
export { RateLimiter } from './rate-limiter.mjs';

const API = /^\/(?:api|ws)(?:\/|$)/;
/** Whether this isolate knows that the databases are as its code needs them. */
let migrated = false;

/**
 * X12 for what is no file and no page: an asset that is not there. Pages sets `_headers` there too.
 * @param {Response} answer
 */
function guarded(answer) {
  // An answer that a page has not changed (304) says nothing anew: headers of its own would take the page's place.
  if (answer.status < 400 || answer.headers.has('x-content-type-options')) return answer;
  const headers = new Headers(answer.headers);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  return new Response(answer.body, { status: answer.status, headers });
}

/**
 * A file as Pages would serve it, or what the dashboard's Worker draws.
 * @param {Request} request
 * @param {import('./env.d.ts').Env} env
 */
async function page(request, env) {
  const file = await fileOf(request, env);
  return file ?? gzipped(request, guarded(await env.DASHBOARD.fetch(request)));
}

/**
 * The only thing that listens in local mode (X17): the Worker itself, with the dashboard behind it. In production
 * the dashboard stands in front (hooks.server.ts), on Cloudflare's network; here each Worker that a socket passes
 * is a hop for every message and 33 kB for as long as it lives.
 */
export default {
  /**
   * @param {Request} request
   * @param {import('./env.d.ts').Env} env
   * @param {import('@cloudflare/workers-types').ExecutionContext} ctx
   */
  async fetch(request, env, ctx) {
    if (!migrated) {
      await env.HOUSEKEEPER.getByName('one').begin();
      migrated = true;
    }
    const outside = new Request(request);
    // X10: only Cloudflare says where a request came from.
    outside.headers.delete('cf-connecting-ip');
    return API.test(new URL(request.url).pathname) ? api.fetch(outside, env, ctx) : page(outside, env);
  },
};
