import api from '../dist/index.js';

/** The Durable Objects of the Worker. */
export * from '../dist/index.js';

const API = /^\/(?:api|ws)(?:\/|$)/;

/**
 * X12 for what is no file and no page: an asset that is not there. Pages sets `_headers` there too.
 * @param {Request} outside
 * @param {{fetch(request: Request): Promise<Response>}} dashboard
 */
async function page(outside, dashboard) {
  const answer = await dashboard.fetch(outside);
  // An answer that a page has not changed (304) says nothing anew: headers of its own would take the page's place.
  if (answer.status < 400 || answer.headers.has('x-content-type-options')) return answer;
  const headers = new Headers(answer.headers);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  return new Response(answer.body, { status: answer.status, headers });
}

/**
 * What listens in local mode: the Worker itself, with the dashboard behind it. In production the dashboard
 * stands in front (hooks.server.ts), on Cloudflare's network; here each Worker that a socket passes is a hop
 * for every message and 33 kB for as long as it lives.
 */
export default {
  scheduled: api.scheduled,
  /**
   * @param {Request} request
   * @param {{DASHBOARD: {fetch(request: Request): Promise<Response>}}} env
   * @param {object} ctx
   */
  fetch(request, env, ctx) {
    const outside = new Request(request);
    // X10: only Cloudflare says where a request came from.
    outside.headers.delete('cf-connecting-ip');
    return API.test(new URL(request.url).pathname)
      ? api.fetch(outside, env, ctx)
      : page(outside, env.DASHBOARD);
  },
};
