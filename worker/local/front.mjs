import api from '../dist/index.js';

/** The Durable Objects of the Worker. */
export * from '../dist/index.js';

const API = /^\/(?:api|ws)(?:\/|$)/;

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
      : env.DASHBOARD.fetch(outside);
  },
};
