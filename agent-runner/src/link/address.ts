const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The WebSocket address of `path` on a server given by its http(s) URL.
 * @throws Error when it would speak in the clear to another machine (X11).
 */
export function socketAddress(server: string, path: string): string {
  const url = new URL(path, server);
  if (url.protocol === 'https:') url.protocol = 'wss:';
  else if (url.protocol === 'http:' && LOOPBACK.has(url.hostname)) url.protocol = 'ws:';
  else
    throw new Error(`server: ${url.protocol}//${url.hostname} is not https; plain http is for loopback only`);
  return url.href;
}
