import type { Commands } from '@muster/protocol';
import { Hono } from 'hono';
import { agentIdOf, requireRoom, requireRoomOfCommand, requireState, sendToRoom } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { outputOf } from './output.ts';
import { readMessage } from './request-body.ts';
import { route } from './route.ts';

const ACTIONS = ['interrupt', 'cancel', 'move', 'edit', 'retry'] as const;
const NONE: Commands = { queue: [], running: [], ended: [] };

async function request(context: AppContext): Promise<Response> {
  const agentId = agentIdOf(context);
  const message = await readMessage(context, 'command:request', { agentId });
  return sendToRoom(context, await requireRoom(context, agentId), message, 201);
}

async function change(context: AppContext, action: (typeof ACTIONS)[number]): Promise<Response> {
  const commandId = context.req.param('id') ?? '';
  const message = await readMessage(context, `command:${action}`, { commandId });
  return sendToRoom(
    context,
    await requireRoomOfCommand(context, commandId),
    message,
    action === 'retry' ? 201 : 200,
  );
}

/** Commands on an agent; what became of those of before is history's. */
export function commandRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/agents/:agentId/commands', async (context) =>
    context.json((await requireState(context)).commands ?? NONE),
  );
  route(app, 'POST /api/agents/:agentId/commands', request);
  route(app, 'GET /api/commands/:id/output', outputOf);
  for (const action of ACTIONS)
    route(app, `POST /api/commands/:id/${action}`, (context) => change(context, action));
  return app;
}
