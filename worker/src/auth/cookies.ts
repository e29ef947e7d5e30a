import { parse, serialize } from 'hono/utils/cookie';
import { TOKEN_KINDS } from './token-kinds.ts';

/** The two cookies of a signed-in browser. */
export type SessionCookie = 'access' | 'refresh';
/** And those of a browser that is away at an issuer's page, or is asked for a passkey. */
type Cookie = SessionCookie | 'redirect' | 'passkey';

const isSecure = (url: URL) => url.protocol === 'https:';

/**
 * X3: `__Host-` needs https. Over http (local mode) cookies do not tell ports apart, so the name does:
 * two local servers do not sign each other out.
 */
function cookieName(url: URL, cookie: Cookie): string {
  return isSecure(url) ? `__Host-muster-${cookie}` : `muster-${url.port || '80'}-${cookie}`;
}

export function readCookie(request: Request, cookie: Cookie): string | null {
  const name = cookieName(new URL(request.url), cookie);
  return parse(request.headers.get('cookie') ?? '', name)[name] ?? null;
}

/** A Set-Cookie header; `value` null removes it. */
export function setCookie(url: URL, cookie: Cookie, value: string | null): string {
  return serialize(cookieName(url, cookie), value ?? '', {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: isSecure(url),
    maxAge: value === null ? 0 : TOKEN_KINDS[cookie].lifetime / 1000,
  });
}
