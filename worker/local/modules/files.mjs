import { WorkerEntrypoint } from 'cloudflare:workers';

/** How a coding is called in a header, and what a file in it is called; the best first. */
const CODINGS = /** @type {const} */ ([
  ['br', '.br'],
  ['gzip', '.gz'],
]);
const VARY = 'accept-encoding';

/** The codings that the client takes (RFC 9110, 12.5.3). @param {Request} request */
function accepted(request) {
  const codings = (request.headers.get('accept-encoding') ?? '').toLowerCase().split(',');
  const weights = codings.map((part) => {
    const [coding = '', ...parameters] = part.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
    return /** @type {const} */ ([coding, Number(weight ?? 1)]);
  });
  return new Set(weights.filter(([, weight]) => weight > 0).map(([coding]) => coding));
}

/** @param {string | null} header @param {string} etag */
const names = (header, etag) =>
  (header ?? '').split(',').some((name) => [etag, '*'].includes(name.trim().replace(/^W\//, '')));

/**
 * A file of the dashboard as Pages would send it: compressed at build, named by its content, and for good where its
 * name is its hash. Null: there is none at that address.
 * @param {Request} request
 * @param {import('./env.d.ts').Env} env
 * @returns {Promise<Response | null>}
 */
export async function fileOf(request, env) {
  const file = env.FILES[new URL(request.url).pathname];
  if (file === undefined || !['GET', 'HEAD'].includes(request.method)) return null;
  const taken = file.compressed ? accepted(request) : new Set();
  const [coding, suffix] = CODINGS.find(([name]) => taken.has(name)) ?? [null, ''];
  const etag = `"${file.hash}${suffix}"`;
  const headers = new Headers({ ...file.headers, 'content-type': file.type, etag });
  if (file.compressed) headers.set('vary', VARY);
  if (names(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  const stored = await env.PAGE.fetch(`http://page/${file.path}${suffix}`, { method: request.method });
  if (!stored.ok) return new Response('the file is gone', { status: 500 });
  if (coding !== null) headers.set('content-encoding', coding);
  const length = stored.headers.get('content-length');
  if (request.method === 'HEAD' && length !== null) headers.set('content-length', length);
  return new Response(stored.body, { headers, encodeBody: 'manual' });
}

/** A page that was drawn just now, compressed on its way. @param {Request} request @param {Response} answer */
export function gzipped(request, answer) {
  const { headers } = answer;
  if (answer.status !== 200 || !headers.get('content-type')?.startsWith('text/html')) return answer;
  const coded = new Response(answer.body, answer);
  coded.headers.append('vary', VARY);
  if (!accepted(request).has('gzip')) return coded;
  coded.headers.set('content-encoding', 'gzip');
  const etag = headers.get('etag');
  if (etag !== null && !etag.startsWith('W/')) coded.headers.set('etag', `W/${etag}`);
  return coded;
}

/**
 * ASSETS of the dashboard's Worker.
 * @extends {WorkerEntrypoint<import('./env.d.ts').Env>}
 */
export class Files extends WorkerEntrypoint {
  /** @param {Request} request */
  async fetch(request) {
    return (await fileOf(request, this.env)) ?? new Response('there is no such file', { status: 404 });
  }
}
