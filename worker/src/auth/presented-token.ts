import { readCookie } from './cookies.ts';

interface PresentedToken {
  readonly token: string;
  readonly by: 'header' | 'cookie' | 'query' | 'access';
}

const BEARER = /^Bearer +(\S+)$/i;

export const bearerOf = (request: Request): string | null =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;

/** The header that Cloudflare Access adds to each request that it admits (X2). */
export const ACCESS_HEADER = 'cf-access-jwt-assertion';

/**
 * The token of a request: in a header, else `?token=`, else the session cookie, else Access' own header if it
 * `isBehindAccess`.
 */
export function presentedToken(request: Request, isBehindAccess: boolean): PresentedToken | null {
  const bearer = bearerOf(request);
  if (bearer !== null) return { token: bearer, by: 'header' };
  const cookie = readCookie(request, 'access');
  const query = new URL(request.url).searchParams.get('token');
  // A plain client's own token counts before a cookie that the browser added by itself.
  if (query !== null) return { token: query, by: 'query' };
  if (cookie !== null) return { token: cookie, by: 'cookie' };
  const assertion = isBehindAccess ? request.headers.get(ACCESS_HEADER) : null;
  return assertion === null ? null : { token: assertion, by: 'access' };
}
