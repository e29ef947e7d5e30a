import { readCookie } from './cookies.ts';

interface Presented {
  readonly token: string;
  readonly by: 'header' | 'cookie' | 'query';
}

const BEARER = /^Bearer +(\S+)$/i;

export const bearerOf = (request: Request): string | null =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;

/** Getting in: a header, else `?token=`, else the session cookie. */
export function presented(request: Request): Presented | null {
  const bearer = bearerOf(request);
  if (bearer !== null) return { token: bearer, by: 'header' };
  const cookie = readCookie(request, 'access');
  const query = new URL(request.url).searchParams.get('token');
  // A plain client's own token counts before a cookie that the browser added by itself.
  if (query !== null) return { token: query, by: 'query' };
  return cookie === null ? null : { token: cookie, by: 'cookie' };
}
