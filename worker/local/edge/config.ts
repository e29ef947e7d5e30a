import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Built, Files } from '../built.ts';
import { type Capnp, type CapnpStruct, Embed } from './capnp.ts';

export interface ServerConfig {
  /** The project. */
  readonly root: string;
  readonly host: string;
  readonly port: number;
  /** Where Durable Objects and D1 keep their files, and where the page lies. */
  readonly objects: string;
  readonly d1: string;
  readonly page: string;
  readonly api: Built;
  readonly dashboard: Built;
  readonly files: Files;
  /** Of the Worker, beside the variables of wrangler.toml. */
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM, beside those that browsers trust. */
  readonly certificates: readonly string[];
}

/** The socket that people and hosts dial: the only one there is (X17). */
export const SOCKET = 'http';

/** Miniflare's names for what it keeps on the disk: the data of earlier versions, and of `wrangler dev`, is found. */
const D1_KEY = 'miniflare-D1DatabaseObject';
const D1_CLASS = 'D1DatabaseObject';
/** The compatibility that Miniflare's modules are written for. */
const MINIFLARE = { compatibilityDate: '2023-07-24', compatibilityFlags: ['nodejs_compat', 'experimental'] };
/** permessage-deflate costs workerd three quarters of its messages per second and gives a local socket nothing. */
const LOCAL_FLAGS = ['no_web_socket_compression'];

const workersOfMiniflare = join(dirname(createRequire(import.meta.url).resolve('miniflare')), 'workers');
const miniflare = (...path: string[]) => new Embed(join(workersOfMiniflare, ...path));

const module = (name: string, esModule: Embed): CapnpStruct => ({ name, esModule });
const binding = (name: string, value: CapnpStruct): CapnpStruct => ({ name, ...value });
const disk = (name: string, path: string, writable: boolean): CapnpStruct => ({
  name,
  disk: { path, writable },
});

const LOCAL_MODULES = ['front', 'files', 'housekeeper', 'no-cache', 'rate-limiter'] as const;

/** The API's Worker with local mode's front before it. */
function apiWorker({ root, api, dashboard, files, secrets }: ServerConfig): CapnpStruct {
  const { options, name } = api;
  const at = (path: string) => module(path, new Embed(join(root, 'worker', path)));
  const objects = [
    ...Object.entries(options.durableObjects).map(([key, { className }]) => [key, className] as const),
    ['HOUSEKEEPER', 'Housekeeper'] as const,
  ];
  const service = (of: string): CapnpStruct => ({ service: of });
  return {
    modules: [...LOCAL_MODULES.map((file) => at(`local/modules/${file}.mjs`)), at('dist/index.js')],
    compatibilityDate: options.compatibilityDate,
    compatibilityFlags: [...options.compatibilityFlags, ...LOCAL_FLAGS],
    bindings: [
      ...Object.entries({ ...options.bindings, ...secrets }).map(([key, text]) => binding(key, { text })),
      binding('DATABASES', { json: JSON.stringify(api.databases) }),
      binding('FILES', { json: JSON.stringify(files) }),
      binding('PAGE', service('page')),
      binding('DASHBOARD', service(dashboard.name)),
      ...Object.keys(options.d1Databases).map((key) => binding(key, d1Binding(key))),
      ...objects.map(([key, className]) => binding(key, { durableObjectNamespace: { className } })),
      ...Object.entries(options.ratelimits).map(([key, { simple }]) => {
        const props = { json: JSON.stringify({ name: key, ...simple }) };
        return binding(key, { service: { name, entrypoint: 'RateLimiter', props } });
      }),
    ],
    durableObjectNamespaces: objects.map(([, className]) => ({
      className,
      uniqueKey: `${name}-${className}`,
      enableSql: true,
    })),
    durableObjectStorage: { localDisk: 'objects' },
  };
}

function dashboardWorker({ root, api, dashboard }: ServerConfig): CapnpStruct {
  const { options } = dashboard;
  return {
    modules: [module('index.js', new Embed(join(root, 'dashboard', 'dist', 'index.js')))],
    compatibilityDate: options.compatibilityDate,
    compatibilityFlags: options.compatibilityFlags,
    bindings: [
      ...Object.entries(options.serviceBindings).map(([key, { name }]) => binding(key, { service: name })),
      binding('ASSETS', { service: { name: api.name, entrypoint: 'Files' } }),
    ],
    cacheApiOutbound: { name: api.name, entrypoint: 'NoCache' },
  };
}

const d1Service = (key: string) => `d1:${key}`;

function d1Binding(key: string): CapnpStruct {
  const innerBindings = [binding('fetcher', { service: d1Service(key) })];
  return { wrapped: { moduleName: 'cloudflare-internal:d1-api', innerBindings } };
}

/** A D1 database: Miniflare's own object, which is one file of SQLite, and what finds it. */
function d1Services({ api }: ServerConfig): CapnpStruct[] {
  return Object.entries(api.options.d1Databases).map(([key, { id }]) => ({
    name: d1Service(key),
    worker: {
      compatibilityDate: MINIFLARE.compatibilityDate,
      modules: [module('entry.js', miniflare('shared', 'object-entry.worker.js'))],
      bindings: [
        binding('MINIFLARE_NAMESPACE', { text: id }),
        binding('MINIFLARE_OBJECT', {
          durableObjectNamespace: { className: D1_CLASS, serviceName: 'd1' },
        }),
      ],
    },
  }));
}

function d1Objects(): CapnpStruct {
  return {
    ...MINIFLARE,
    modules: [module('database.js', miniflare('d1', 'database.worker.js'))],
    durableObjectNamespaces: [{ className: D1_CLASS, uniqueKey: D1_KEY }],
    durableObjectStorage: { localDisk: 'd1:files' },
  };
}

/** For issuers (X2), which may be on this machine or a private network. */
const internet = (certificates: readonly string[]): CapnpStruct => ({
  allow: ['public', 'private'],
  tlsOptions: { trustBrowserCas: true, trustedCertificates: certificates },
});

/** workerd's whole configuration: two Workers, one database, their files, and one socket. */
export function serverConfig(config: ServerConfig): CapnpStruct {
  const { api, dashboard, host, port, objects, d1, page } = config;
  const services: readonly Capnp[] = [
    { name: api.name, worker: apiWorker(config) },
    { name: dashboard.name, worker: dashboardWorker(config) },
    ...d1Services(config),
    { name: 'd1', worker: d1Objects() },
    disk('objects', objects, true),
    disk('d1:files', d1, true),
    disk('page', page, false),
    { name: 'internet', network: internet(config.certificates) },
  ];
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    services,
    sockets: [{ name: SOCKET, address, http: {}, service: api.name }],
    extensions: [
      {
        modules: [
          { name: 'miniflare:shared', esModule: miniflare('shared', 'index.worker.js') },
          { name: 'miniflare:zod', esModule: miniflare('shared', 'zod.worker.js') },
        ],
      },
    ],
  };
}
