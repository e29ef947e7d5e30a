import {
  type AgentId,
  AgentIdSchema,
  type AgentState,
  agentOfCommand,
  agentOfId,
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
import { ackResponse, RequestError } from './errors.ts';
import { recordingOf } from './recording.ts';
import { idempotencyKey, readMessage } from './request-body.ts';
import { limitsOf, memberClaims, route, visiblePast } from './route.ts';

const ACTIONS = ['start', 'terminate', 'pause', 'resume', 'restart', 'input', 'resize', 'signal'] as const;

const notFound = () =>
  new RequestError(wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' }));

/** An invalid name is the name of no agent. @throws RequestError */
export function agentIdOf(context: AppContext): AgentId {
  const parsed = AgentIdSchema.safeParse(context.req.param('agentId'));
  if (parsed.success) return parsed.data;
  throw notFound();
}

/** @throws RequestError */
export async function requireRoom(context: AppContext, agentId: string): Promise<RoomStub> {
  const room = await findRoom(context, agentId);
  if (room === null) throw notFound();
  return room;
}

/** The room of an agent; null: there is no such agent. @throws RequestError */
async function findRoom(context: AppContext, agentId: string): Promise<RoomStub | null> {
  const { team, reached: known } = context.var;
  if (known?.agentId === agentId)
    return known.agentUid === null ? null : roomOf(context.env, team, known.agentUid);
  // X5: the body names the agent, and reading it may have taken a while: the claims are resolved again.
  const reached = await lobbyOf(context.env, team).reach(agentId, memberClaims(context));
  if (reached.ok) {
    context.set('claims', reached.value.claims);
    return roomOf(context.env, team, reached.value.agentUid);
  }
  if (reached.error.code === 'AGENT_NOT_FOUND') return null;
  throw new RequestError(reached.error);
}

/** The room that made this id; null: there is none, or its agent is gone. */
export async function findRoomOfCommand(context: AppContext, commandId: string): Promise<RoomStub | null> {
  const agentId = agentOfCommand(commandId);
  return agentId === null ? null : findRoom(context, agentId);
}

/** The room that made the id of a conversation; null: there is none, or its agent is gone. */
export async function findRoomOfId(context: AppContext, id: string): Promise<RoomStub | null> {
  const agentId = agentOfId(id);
  return agentId === null ? null : findRoom(context, agentId);
}

/** The room that made the id of a conversation or of a request. @throws RequestError */
export async function requireRoomOfId(
  context: AppContext,
  id: string,
  code: 'CONVERSATION_NOT_FOUND' | 'PERMISSION_NOT_FOUND',
): Promise<RoomStub> {
  const room = await findRoomOfId(context, id);
  if (room !== null) return room;
  throw notFoundOf(code);
}

export function notFoundOf(code: 'CONVERSATION_NOT_FOUND' | 'PERMISSION_NOT_FOUND'): RequestError {
  const isConversation = code === 'CONVERSATION_NOT_FOUND';
  const text = isConversation ? 'There is no such conversation' : 'There is no such request';
  const field = isConversation ? 'conversationId' : 'permissionId';
  return new RequestError(wireError(code, text, { field }));
}

/** X5: whether the agent of something past is visible to the member. */
export async function seesPast(
  context: AppContext,
  past: { readonly agentId: string; readonly agentUid: string },
): Promise<boolean> {
  const visible = await visiblePast(context);
  return visible === undefined || pastVisibility(visible, past);
}

/** X5: a past command, if its agent is visible to the member. */
export async function ifVisible(context: AppContext, past: CommandRow | null): Promise<CommandRow | null> {
  return past !== null && (await seesPast(context, past)) ? past : null;
}

/** @throws RequestError */
export async function requireRoomOfCommand(context: AppContext, commandId: string): Promise<RoomStub> {
  const room = await findRoomOfCommand(context, commandId);
  if (room !== null) return room;
  throw new RequestError(wireError('COMMAND_NOT_FOUND', 'There is no such command', { field: 'commandId' }));
}

/** @throws RequestError */
export async function requireState(context: AppContext): Promise<AgentState> {
  const room = await requireRoom(context, agentIdOf(context));
  const found = await room.state();
  if (found === null) throw notFound();
  return found;
}

/** The ack of a room is the whole answer. */
export async function sendToRoom(
  context: AppContext,
  room: RoomStub,
  message: ViewerMessage,
  status: 200 | 201 | 202,
): Promise<Response> {
  const address = addressOf(context.req.raw.headers);
  const ack = await room.request(memberClaims(context), message, idempotencyKey(context), address);
  return ackResponse(context, ack, status);
}

/** The cost of the agent's room and the team's lobby. Asking wakes both. */
async function usage(context: AppContext): Promise<Response> {
  const room = await requireRoom(context, agentIdOf(context));
  const lobby = lobbyOf(context.env, context.var.team);
  return context.json({ room: await room.usage(), lobby: await lobby.usage() });
}

/** Requests that the lobby decides: create, update, delete. */
async function sendToLobby(
  context: AppContext,
  type: 'agent:create' | 'agent:update' | 'agent:delete',
): Promise<Response> {
  const named = type === 'agent:create' ? undefined : { agentId: agentIdOf(context) };
  const message = await readMessage(context, type, named);
  const lobby = lobbyOf(context.env, context.var.team);
  const address = addressOf(context.req.raw.headers);
  const ack = await lobby.request(memberClaims(context), message, idempotencyKey(context), address);
  return ackResponse(context, ack, type === 'agent:create' ? 201 : 200);
}

/** Requests that the agent's room decides. */
async function handleAction(context: AppContext, action: (typeof ACTIONS)[number]): Promise<Response> {
  const agentId = agentIdOf(context);
  const message = await readMessage(context, `agent:${action}`, { agentId });
  return sendToRoom(context, await requireRoom(context, agentId), message, 200);
}

export function agentRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/agents', async (context) =>
    context.json({ agents: await lobbyOf(context.env, context.var.team).agents(limitsOf(context)) }),
  );
  route(app, 'POST /api/agents', (context) => sendToLobby(context, 'agent:create'));
  route(app, 'GET /api/agents/:agentId', async (context) => context.json(await requireState(context)));
  route(app, 'GET /api/agents/:agentId/usage', usage);
  route(app, 'GET /api/agents/:agentId/recording', async (context, part) => {
    const agentId = agentIdOf(context);
    return recordingOf(context, agentId, await requireRoom(context, agentId), part);
  });
  route(app, 'PATCH /api/agents/:agentId', (context) => sendToLobby(context, 'agent:update'));
  route(app, 'DELETE /api/agents/:agentId', (context) => sendToLobby(context, 'agent:delete'));
  route(app, 'GET /api/agents/:agentId/policy', async (context) => {
    const policy = await (await requireRoom(context, agentIdOf(context))).policy();
    if (policy === null) throw notFound();
    return context.json(policy);
  });
  route(app, 'PUT /api/agents/:agentId/policy', async (context) => {
    const agentId = agentIdOf(context);
    const message = await readMessage(context, 'policy:change', { agentId });
    return sendToRoom(context, await requireRoom(context, agentId), message, 200);
  });
  for (const action of ACTIONS)
    route(app, `POST /api/agents/:agentId/${action}`, (context) => handleAction(context, action));
  return app;
}
