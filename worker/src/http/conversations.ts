import type { StoredItem } from '@muster/protocol';
import { Hono } from 'hono';
import { agentIdOf, notFoundOf, requireRoom, requireRoomOfId, sendToRoom } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { exportOf } from './conversation-export.ts';
import { conversationSource } from './conversation-source.ts';
import { readMessage } from './request-body.ts';
import { route } from './route.ts';
import type { QueryOf } from './routes.ts';

const NOT_FOUND = 'CONVERSATION_NOT_FOUND';
const idOf = (context: AppContext): string => context.req.param('id') ?? '';
const roomOf = (context: AppContext) => requireRoomOfId(context, idOf(context), NOT_FOUND);

/** A message about the conversation that the path names. */
async function act(
  context: AppContext,
  type: 'conversation:close' | 'conversation:cancel' | 'chat:message',
  status: 200 | 202,
): Promise<Response> {
  const message = await readMessage(context, type, { conversationId: idOf(context) });
  return sendToRoom(context, await roomOf(context), message, status);
}

async function create(context: AppContext): Promise<Response> {
  const agentId = agentIdOf(context);
  const message = await readMessage(context, 'conversation:create', { agentId });
  return sendToRoom(context, await requireRoom(context, agentId), message, 201);
}

/** What a tool was given and printed is long, and few readers want it. */
function withoutRaw({ item, ...place }: StoredItem): StoredItem {
  if (item.kind !== 'tool') return { ...place, item };
  const { rawInput: _, rawOutput: __, ...rest } = item;
  return { ...place, item: rest };
}

/** C15: from its room, and older ones from history. */
async function messagesOf(
  context: AppContext,
  { after, before, limit, raw }: QueryOf<'GET /api/conversations/:id/messages'>,
): Promise<Response> {
  const source = await conversationSource(context, idOf(context));
  const { items, next } = await source.page({ after, before, limit });
  return context.json({ messages: raw === 'true' ? items : items.map(withoutRaw), next });
}

export function conversationRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/agents/:agentId/conversations', async (context) => {
    const room = await requireRoom(context, agentIdOf(context));
    return context.json({ conversations: await room.conversations(), next: null });
  });
  route(app, 'POST /api/agents/:agentId/conversations', create);
  route(app, 'GET /api/conversations/:id', async (context) => {
    const found = await (await roomOf(context)).conversation(idOf(context));
    if (found === null) throw notFoundOf(NOT_FOUND);
    return context.json(found);
  });
  route(app, 'DELETE /api/conversations/:id', (context) => act(context, 'conversation:close', 200));
  route(app, 'GET /api/conversations/:id/messages', messagesOf);
  route(app, 'GET /api/conversations/:id/export', exportOf);
  route(app, 'POST /api/conversations/:id/messages', (context) => act(context, 'chat:message', 202));
  route(app, 'POST /api/conversations/:id/cancel', (context) => act(context, 'conversation:cancel', 200));
  return app;
}
