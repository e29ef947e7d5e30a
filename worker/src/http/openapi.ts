import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { BUCKETS, PROTOCOL_VERSION } from '@muster/protocol';
import * as z from 'zod';
import { ROUTES, type Route } from './routes.ts';
import type { RouteRow } from './schemas/types.ts';

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

const bytes = z.string().meta({ format: 'binary' });
const FILE = {
  'application/octet-stream': { schema: bytes },
  'multipart/form-data': { schema: z.object({ file: bytes }) },
};

const ErrorSchema = z.object({
  error: z.object({
    code: z.string(),
    number: z.number(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

function pathOf(route: string, { summary, query, body, takesFile, answer, status }: RouteRow): RouteConfig {
  const [verb = '', path = ''] = route.split(' ');
  const method = Object.entries(METHODS).find(([name]) => name === verb)?.[1] ?? 'get';
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, z.string()] as const);
  const { least, bucket } = ROUTES[route as Route];
  const who = least === 'anyone' ? 'Anyone may' : `Needs the role ${least}`;
  return {
    method,
    path: path.replaceAll(/:(\w+)/g, '{$1}'),
    summary,
    description: `${who}; ${BUCKETS[bucket]}.`,
    ...(least === 'anyone' ? {} : { security: [{ token: [] }] }),
    request: {
      ...(names.length === 0 ? {} : { params: z.object(Object.fromEntries(names)) }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { content: json(body) } }),
      ...(takesFile === undefined ? {} : { body: { content: FILE } }),
    },
    responses: {
      [status ?? 200]: { description: 'Done.', ...(answer === undefined ? {} : { content: json(answer) }) },
      default: { description: 'An error of the table.', content: json(ErrorSchema) },
    },
  };
}

/** The OpenAPI description of all routes, made from what they are checked by. */
function describeApi() {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  for (const [route, described] of Object.entries(ROUTES)) registry.registerPath(pathOf(route, described));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Muster', version: PROTOCOL_VERSION, description: 'A live control room for agents.' },
  });
}

let cachedDescription: ReturnType<typeof describeApi> | null = null;

/** Made when it is first asked for: most isolates never are. */
export function openApi(): ReturnType<typeof describeApi> {
  cachedDescription ??= describeApi();
  return cachedDescription;
}
