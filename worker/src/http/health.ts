import { PROTOCOL_VERSION, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { wrongSettings } from '../settings.ts';
import { SERVER_VERSION } from '../socket/frame.ts';
import type { App } from './app.ts';
import { errorResponse } from './errors.ts';
import { route } from './route.ts';

const UNREADY = 503;
/** How long an answer of the database counts, ms: asking often costs no more. */
const FRESH = 5_000;
const NO_SCHEMA =
  'DB: does not answer, or has no schema; is database_id in wrangler.toml the one that `wrangler d1 create` printed, and are its migrations applied?';

const SchemaRow = z.object({ value: z.string() });

/** The schema version of D1; null: it does not answer, or has none. */
async function schemaVersion(db: D1Database): Promise<number | null> {
  try {
    const row = await db.prepare("SELECT value FROM deployment WHERE key = 'schema'").first();
    return Number(SchemaRow.parse(row).value);
  } catch {
    return null;
  }
}

/** The database's last answer in this isolate. */
let lastSchema: { readonly db: D1Database; readonly at: number; readonly schema: number | null } | null =
  null;

async function recentSchema(db: D1Database | undefined, now: number): Promise<number | null> {
  if (db === undefined) return null;
  if (lastSchema?.db !== db || now - lastSchema.at >= FRESH || now < lastSchema.at)
    lastSchema = { db, at: now, schema: await schemaVersion(db) };
  return lastSchema.schema;
}

const versions = { version: SERVER_VERSION, protocol: PROTOCOL_VERSION };

/** Paths that work without settings: they describe Muster, and what is wrong with it. */
const WITHOUT_SETTINGS: ReadonlySet<string> = new Set([
  '/api/health',
  '/api/ready',
  '/api/openapi.json',
  '/api/docs',
]);

/** X20: with wrong settings nothing is answered but what is wrong with them. Null: they are right. */
export function settingsError(env: Env, url: string): Response | null {
  const [fault] = wrongSettings(env);
  if (fault === undefined || WITHOUT_SETTINGS.has(new URL(url).pathname)) return null;
  const [name = ''] = /^\w+/.exec(fault) ?? [];
  return errorResponse(
    wireError(
      'SERVICE_UNAVAILABLE',
      `This deployment is not set up: ${name} is wrong. GET /api/ready says why.`,
    ),
  );
}

export function healthRoutes(): Hono<App> {
  const app = new Hono<App>();
  /** X14: wakes no object. */
  route(app, 'GET /api/health', (context) => context.json({ status: 'ok', ...versions }));
  route(app, 'GET /api/ready', async ({ env, json }) => {
    const schema = await recentSchema(env.DB, Date.now());
    const settings = [...wrongSettings(env), ...(schema === null ? [NO_SCHEMA] : [])];
    const isReady = settings.length === 0;
    const body = { status: isReady ? 'ready' : 'not ready', ...versions, database: { schema } };
    return json(isReady ? body : { ...body, settings }, isReady ? 200 : UNREADY);
  });
  return app;
}
