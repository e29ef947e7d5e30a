import { PermissionIdSchema, type ViewerMessage } from '@muster/protocol';
import { Hono } from 'hono';
import { notFoundOf, requireRoomOfId, sendToRoom } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { readJson } from './request-body.ts';
import { route } from './route.ts';
import { CONVERSATIONS } from './schemas/conversations.ts';

const NOT_FOUND = 'PERMISSION_NOT_FOUND';
const idOf = (context: AppContext): string => context.req.param('id') ?? '';
const roomOf = (context: AppContext) => requireRoomOfId(context, idOf(context), NOT_FOUND);

/** C3: an option of a request for permission, or what to do with a form. */
async function respond(context: AppContext): Promise<Response> {
  const parsed = PermissionIdSchema.safeParse(idOf(context));
  if (!parsed.success) throw notFoundOf(NOT_FOUND);
  const body = await readJson(context, CONVERSATIONS['POST /api/permissions/:id'].body);
  const permissionId = parsed.data;
  const message: ViewerMessage =
    'optionId' in body
      ? { type: 'permission:respond', payload: { ...body, permissionId } }
      : { type: 'elicitation:respond', payload: { ...body, permissionId } };
  return sendToRoom(context, await roomOf(context), message, 200);
}

export function permissionRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/permissions/:id', async (context) => {
    const card = await (await roomOf(context)).permission(idOf(context));
    if (card === null) throw notFoundOf(NOT_FOUND);
    return context.json(card);
  });
  route(app, 'POST /api/permissions/:id', respond);
  return app;
}
