import type { Handle } from '@sveltejs/kit';

/** X12 for the pages that are rendered here; `_headers` says the same for those that are files. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

const belongsToApi = (path: string) => /^\/(?:api|ws)(?:\/|$)/.test(path);

/**
 * One origin for pages and Worker: `/api` and `/ws` are handed over untouched, the 101 of a WebSocket
 * included, so its headers must not be changed on the way back.
 */
export const handle: Handle = async ({ event, resolve }) => {
  if (belongsToApi(event.url.pathname)) {
    const api = event.platform?.env.API;
    if (api === undefined) return new Response('the API is not bound', { status: 503 });
    return api.fetch(event.request);
  }
  const response = await resolve(event);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
};
