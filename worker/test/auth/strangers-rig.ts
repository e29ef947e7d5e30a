import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import { makeApi } from '../../src/http/api.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import worker from '../../src/index.ts';
import { ORIGIN } from '../front.ts';

/** As the platform's limiter, and as long as this is refused nothing is asked. */
export const MOST = 20;
export const TRIES = 60;

let addresses = 0;
export const newAddress = () => {
  addresses += 1;
  return `203.0.113.${addresses}`;
};

/** The Worker, and what it asks of its objects and of D1. */
export function spied() {
  const asked: string[] = [];
  const objects = (name: 'ROOMS' | 'LOBBIES' | 'LINES'): DurableObjectNamespace => {
    const real = env[name];
    const get = (id: DurableObjectId) => {
      asked.push(name);
      return real.get(id);
    };
    return new Proxy(real, {
      get: (target, key) => {
        if (key === 'get') return get;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const DB = new Proxy(env.DB, {
    get: (target, key) => {
      asked.push('DB');
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const bindings: Env = {
    ...env,
    ROOMS: objects('ROOMS'),
    LOBBIES: objects('LOBBIES'),
    LINES: objects('LINES'),
    DB,
  };
  const send = (request: Request) =>
    worker.fetch(request, bindings, createExecutionContext()) as Promise<Response>;
  return { asked, send };
}

export interface Attempt {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export const UPGRADE = { upgrade: 'websocket', 'sec-websocket-protocol': 'muster.v1' };
export const BAD = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';

export function requestOf(
  { method = 'GET', path, headers, body }: Attempt,
  team: string,
  address: string,
): Request {
  const url = new URL(path, ORIGIN);
  url.searchParams.set('team', team);
  return new Request(url, {
    method,
    headers: { 'cf-connecting-ip': address, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Something that passes the schema of each route's body and opens nothing. */
const SIGNED = {
  ...{ id: 'AA', rawId: 'AA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA', userHandle: 'AA' },
};
export const KEY = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };

type Open = { [R in Route]: (typeof ROUTES)[R]['least'] extends 'anyone' ? R : never }[Route];
/** What a stranger may send to each route that is open to anyone: a route without a row is a failure of the types. */
const OPEN: Readonly<Record<Open, object | null>> = {
  'GET /api/health': null,
  'GET /api/ready': null,
  'GET /api/openapi.json': null,
  'GET /api/docs': null,
  'POST /api/auth/exchange': { code: BAD },
  'POST /api/auth/refresh': {},
  'POST /api/auth/signout': {},
  'POST /api/auth/passkey': { signed: SIGNED },
  'POST /api/auth/passkey/options': {},
  'GET /api/auth/issuers': null,
  'POST /api/auth/issuer': { returned: '?code=made-up&state=made-up' },
  'POST /api/auth/issuer/options': { issuer: 'https://login.example' },
  'POST /api/auth/accept': { code: BAD },
  'POST /api/push/act': { token: BAD, optionId: 'once' },
  'POST /api/hosts': { token: BAD, name: 'box', publicKey: KEY },
};
export const routeOf = (
  route: string,
  body: object | null,
  headers: Record<string, string> = {},
): Attempt => {
  const [method = '', path = ''] = route.split(' ');
  return {
    method,
    path: path.replaceAll(/:\w+/g, 'x'),
    headers,
    ...(body === null ? {} : { body }),
  };
};
const COOKIES = { cookie: `__Host-muster-refresh=${BAD}; __Host-muster-access=${BAD}`, origin: ORIGIN };

/** Every path of a socket, as the Worker routes it. */
export const SOCKETS = makeApi(() => new Response())
  .routes.filter(({ path, method }) => path.startsWith('/ws') && method === 'GET')
  .map(({ path }) => path.replaceAll(/:\w+/g, 'x'));

/** Every way in with what no signature vouches for: nothing of it may cause a call, over the limit or not. */
export const FORGED: readonly (readonly [string, Attempt])[] = [
  ...Object.entries(OPEN).flatMap(([route, body]) => [
    [`${route} with nothing`, routeOf(route, body)] as const,
    [`${route} with bad cookies`, routeOf(route, body, COOKIES)] as const,
    [`${route} with a bad token`, routeOf(route, body, { authorization: `Bearer ${BAD}` })] as const,
  ]),
  ...Object.entries(ROUTES).flatMap(([route, { least }]) =>
    least === 'anyone'
      ? []
      : [BAD, `mst_${'0'.repeat(16)}_${'A'.repeat(54)}`, 'nonsense'].map(
          (token) =>
            [
              `${route} with ${token.slice(0, 8)}`,
              routeOf(route, null, { authorization: `Bearer ${token}` }),
            ] as const,
        ),
  ),
  ...SOCKETS.flatMap((path) =>
    [BAD, 'nonsense'].flatMap((token) => [
      [
        `${path} with a bad token`,
        { path, headers: { ...UPGRADE, authorization: `Bearer ${token}` } },
      ] as const,
      [`${path} with a bad query`, { path: `${path}?token=${token}`, headers: UPGRADE }] as const,
      [
        `${path} of a plain client`,
        { path: `${path}?token=${token}`, headers: { upgrade: 'websocket' } },
      ] as const,
    ]),
  ),
];
export const asksDatabase = (what: string) => what.startsWith('GET /api/ready');
