import { createHash } from 'node:crypto';

const kept = new Map<string, string>();

/** What a provider remembers of a code that it gave: who may have what for it, by RFC 6749 and 7636. */
export interface Code {
  readonly challenge: string;
  readonly redirect: string;
  readonly client: string;
  /** Null: a public client. */
  readonly secret: string | null;
  readonly answer: unknown;
}

const said = (error: string, status = 400) => Response.json({ error }, { status });

/** RFC 6749, 2.3.1: both parts are encoded as in forms. */
function namedBy(request: Request): string {
  const [, basic = ''] = (request.headers.get('authorization') ?? '').split('Basic ');
  const parts = atob(basic).split(':');
  return JSON.stringify(parts.map((part) => decodeURIComponent(part.replaceAll('+', ' '))));
}

/** The token endpoint of any provider outside: a code is good once. */
async function token(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const at = new URL(`/codes/${form.get('code')}`, request.url).href;
  const text = kept.get(at);
  kept.delete(at);
  if (text === undefined || form.get('grant_type') !== 'authorization_code') return said('invalid_grant');
  const code: Code = JSON.parse(text);
  const isClient =
    code.secret === null
      ? form.get('client_id') === code.client
      : namedBy(request) === JSON.stringify([code.client, code.secret]);
  if (!isClient) return said('invalid_client', 401);
  const proof = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const isRight = proof === code.challenge && form.get('redirect_uri') === code.redirect;
  return isRight ? Response.json(code.answer) : said('invalid_grant');
}

/** The net outside the Worker under test: what is put at an address is had from it; `away` there: nobody answers. */
export async function outside(request: Request): Promise<Response> {
  const { url, method } = request;
  if (method === 'PUT') {
    kept.set(url, await request.text());
    return new Response(null, { status: 204 });
  }
  if (method === 'POST' && new URL(url).pathname === '/token') return token(request);
  const found = kept.get(url);
  if (found === 'away') return new Response(null, { status: 503 });
  return found === undefined ? new Response(null, { status: 404 }) : new Response(found);
}
