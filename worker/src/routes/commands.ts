import { agentOfCommand, type Commands, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { lobbyOf, roomOf } from '../env.ts';
import type { RoomStub } from '../rpc.ts';
import { agentIdOf, askRoom, roomNamed, stateNamed } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { Refused } from './errors.ts';
import { readMessage } from './input.ts';
import { on } from './on.ts';

const ACTIONS = ['interrupt', 'cancel', 'move', 'edit', 'retry'] as const;
const NONE: Commands = { queue: [], running: [], ended: [] };

/** The room that made this id. One whose agent is gone is a command that nobody has. @throws Refused */
export async function roomOfCommand(
  { env, var: { team } }: AppContext,
  commandId: string,
): Promise<RoomStub> {
  const agentId = agentOfCommand(commandId);
  const agentUid = agentId === null ? null : await lobbyOf(env, team).find(agentId);
  if (agentUid !== null) return roomOf(env, team, agentUid);
  throw new Refused(
    wireError('COMMAND_NOT_FOUND', 'commandId: there is no such command', { field: 'commandId' }),
  );
}

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
  for (const action of ACTIONS)
    on(app, `POST /api/commands/:id/${action}`, (context) => change(context, action));
  return app;
}
