import { PROTOCOL_VERSION } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import { wrongSettings } from '../env.ts';
import { SERVER_VERSION } from '../socket/frame.ts';
import type { App } from './app.ts';
import { on } from './on.ts';

const SchemaRow = z.object({ value: z.string() });

/** The schema D1 says it has; null: it does not answer, or has none. */
async function schemaVersion(db: D1Database): Promise<number | null> {
  try {
    const row = await db.prepare("SELECT value FROM deployment WHERE key = 'schema'").first();
    return Number(SchemaRow.parse(row).value);
  } catch {
    return null;
  }
}

export function healthRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/health', async (context) => {
    const schema = await schemaVersion(context.env.DB);
    const settings = wrongSettings(context.env);
    const isWell = schema !== null && settings.length === 0;
    const status = isWell ? 'ok' : 'degraded';
    const versions = { version: SERVER_VERSION, protocol: PROTOCOL_VERSION };
    const body = {
      status,
      ...versions,
      database: { schema },
      ...(settings.length === 0 ? {} : { settings }),
    };
    return context.json(body, isWell ? 200 : 503);
  });
  return app;
}
