import {
  type AgentId,
  AgentIdSchema,
  type AgentState,
  agentOfCommand,
  type CommandRow,
  type ViewerMessage,
  wireError,
} from '@muster/protocol';
import { Hono } from 'hono';
import { lobbyOf, roomOf } from '../env.ts';
import { pastVisibility } from '../history/scope.ts';
import type { RoomStub } from '../rpc.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { ackResponse, Refused } from './errors.ts';
import { idempotencyKey, readMessage } from './input.ts';
import { limitsOf, memberOf, on, sightedBy } from './on.ts';
import { recordingOf } from './recording.ts';

const ACTIONS = ['start', 'terminate', 'pause', 'resume', 'restart', 'input', 'resize', 'signal'] as const;

const notFound = () =>
  new Refused(wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' }));

/** What cannot be an agent's name is one that nobody has. @throws Refused */
export function agentIdOf(context: AppContext): AgentId {
  const parsed = AgentIdSchema.safeParse(context.req.param('agentId'));
  if (parsed.success) return parsed.data;
  throw notFound();
}

/** @throws Refused */
export async function roomNamed(context: AppContext, agentId: string): Promise<RoomStub> {
  const room = await reach(context, agentId);
  if (room === null) throw notFound();
  return room;
}

/** X5: its body may have taken its time, so the member is who they are now. Null: there is none. @throws Refused */
async function reach(context: AppContext, agentId: string): Promise<RoomStub | null> {
  const { team } = context.var;
  const reached = await lobbyOf(context.env, team).reach(agentId, memberOf(context));
  if (reached.ok) {
    context.set('claims', reached.value.claims);
    return roomOf(context.env, team, reached.value.agentUid);
  }
  if (reached.error.code === 'AGENT_NOT_FOUND') return null;
  throw new Refused(reached.error);
}

/** The room that made this id; null: there is none, or its agent is gone. */
export async function findRoomOf(context: AppContext, commandId: string): Promise<RoomStub | null> {
  const agentId = agentOfCommand(commandId);
  return agentId === null ? null : reach(context, agentId);
}

/** X5: a command of before, if it is of an agent that he may see. */
export async function seen(context: AppContext, past: CommandRow | null): Promise<CommandRow | null> {
  const sighted = past === null ? undefined : await sightedBy(context);
  return past === null || (sighted !== undefined && !pastVisibility(sighted, past)) ? null : past;
}

/** @throws Refused */
export async function roomOfCommand(context: AppContext, commandId: string): Promise<RoomStub> {
  const room = await findRoomOf(context, commandId);
  if (room !== null) return room;
  throw new Refused(wireError('COMMAND_NOT_FOUND', 'There is no such command', { field: 'commandId' }));
}

/** @throws Refused */
export async function stateNamed(context: AppContext): Promise<AgentState> {
  const room = await roomNamed(context, agentIdOf(context));
  const found = await room.state();
  if (found === null) throw notFound();
  return found;
}

/** The ack of a room is the whole answer. */
export async function askRoom(
  context: AppContext,
  room: RoomStub,
  message: ViewerMessage,
  status: 200 | 201,
): Promise<Response> {
  const address = addressOf(context.req.raw.headers);
  const ack = await room.request(memberOf(context), message, idempotencyKey(context), address);
  return ackResponse(context, ack, status);
}

/** What the agent's room and the team's lobby have cost, for whoever watches the bill. Asking wakes both. */
async function usage(context: AppContext): Promise<Response> {
  const room = await roomNamed(context, agentIdOf(context));
  const lobby = lobbyOf(context.env, context.var.team);
  return context.json({ room: await room.usage(), lobby: await lobby.usage() });
}

/** What the lobby decides: create, update, delete. */
async function byLobby(
  context: AppContext,
  type: 'agent:create' | 'agent:update' | 'agent:delete',
): Promise<Response> {
  const named = type === 'agent:create' ? undefined : { agentId: agentIdOf(context) };
  const message = await readMessage(context, type, named);
  const lobby = lobbyOf(context.env, context.var.team);
  const address = addressOf(context.req.raw.headers);
  const ack = await lobby.request(memberOf(context), message, idempotencyKey(context), address);
  return ackResponse(context, ack, type === 'agent:create' ? 201 : 200);
}

/** What its room decides: everything said to one agent. */
async function byRoom(context: AppContext, action: (typeof ACTIONS)[number]): Promise<Response> {
  const agentId = agentIdOf(context);
  const message = await readMessage(context, `agent:${action}`, { agentId });
  return askRoom(context, await roomNamed(context, agentId), message, 200);
}

export function agentRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/agents', async (context) =>
    context.json({ agents: await lobbyOf(context.env, context.var.team).agents(limitsOf(context)) }),
  );
  on(app, 'POST /api/agents', (context) => byLobby(context, 'agent:create'));
  on(app, 'GET /api/agents/:agentId', async (context) => context.json(await stateNamed(context)));
  on(app, 'GET /api/agents/:agentId/usage', usage);
  on(app, 'GET /api/agents/:agentId/recording', async (context, part) => {
    const agentId = agentIdOf(context);
    return recordingOf(context, agentId, await roomNamed(context, agentId), part);
  });
  on(app, 'PATCH /api/agents/:agentId', (context) => byLobby(context, 'agent:update'));
  on(app, 'DELETE /api/agents/:agentId', (context) => byLobby(context, 'agent:delete'));
  for (const action of ACTIONS)
    on(app, `POST /api/agents/:agentId/${action}`, (context) => byRoom(context, action));
  return app;
}
