import type { Commands } from '@muster/protocol';
import { Hono } from 'hono';
import { agentIdOf, askRoom, roomNamed, roomOfCommand, stateNamed } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { readMessage } from './input.ts';
import { on } from './on.ts';
import { outputOf } from './output.ts';

const ACTIONS = ['interrupt', 'cancel', 'move', 'edit', 'retry'] as const;
const NONE: Commands = { queue: [], running: [], ended: [] };

async function request(context: AppContext): Promise<Response> {
  const agentId = agentIdOf(context);
  const message = await readMessage(context, 'command:request', { agentId });
  return askRoom(context, await roomNamed(context, agentId), message, 201);
}

async function change(context: AppContext, action: (typeof ACTIONS)[number]): Promise<Response> {
  const commandId = context.req.param('id') ?? '';
  const message = await readMessage(context, `command:${action}`, { commandId });
  return askRoom(context, await roomOfCommand(context, commandId), message, action === 'retry' ? 201 : 200);
}

/** Commands on an agent; what became of those of before is history's. */
export function commandRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/agents/:agentId/commands', async (context) =>
    context.json((await stateNamed(context)).commands ?? NONE),
  );
  on(app, 'POST /api/agents/:agentId/commands', request);
  on(app, 'GET /api/commands/:id/output', outputOf);
  for (const action of ACTIONS)
    on(app, `POST /api/commands/:id/${action}`, (context) => change(context, action));
  return app;
}
