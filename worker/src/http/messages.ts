import {
  type ClientId,
  decodeViewer,
  VIEWER_MESSAGES,
  type ViewerMessage,
  wireError,
} from '@muster/protocol';
import { Hono } from 'hono';
import { lineOf, lobbyOf } from '../env.ts';
import { authorizeViewerMessage, initialAuth } from '../socket/auth.ts';
import { addressOf } from '../socket/handshake.ts';
import { requireRoom, requireRoomOfCommand, requireRoomOfId } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { auditRefusal } from './audit-entries.ts';
import { errorResponse, RequestError } from './errors.ts';
import { idempotencyKey, readText } from './request-body.ts';
import { memberClaims, route } from './route.ts';

/** The object that answers: a room, or the lobby, which also refuses invalid messages. @throws RequestError */
async function objectFor(context: AppContext, { type, payload }: ViewerMessage) {
  const lobby = lobbyOf(context.env, context.var.team);
  if (VIEWER_MESSAGES[type].handledBy === 'lobby') return lobby;
  if ('agentId' in payload)
    return typeof payload.agentId !== 'string' ? lobby : requireRoom(context, payload.agentId);
  if ('permissionId' in payload)
    return requireRoomOfId(context, payload.permissionId, 'PERMISSION_NOT_FOUND');
  if ('conversationId' in payload)
    return requireRoomOfId(context, payload.conversationId, 'CONVERSATION_NOT_FOUND');
  return 'commandId' in payload ? requireRoomOfCommand(context, payload.commandId) : lobby;
}

/** One message without a socket; its ack is the answer. @throws RequestError */
async function handleMessage(context: AppContext, text: string, client: ClientId | undefined) {
  const decoded = decodeViewer(text);
  if (!decoded.ok) throw new RequestError(decoded.error.error);
  const { message, id = idempotencyKey(context), metadata } = decoded.value;
  const asking = context.var;
  const claims = memberClaims(context);
  const now = Date.now();
  const may = authorizeViewerMessage(initialAuth(claims, asking.team, now), message.type, now);
  if (!may.ok) {
    if (may.error.code === 'INSUFFICIENT_PERMISSIONS')
      await auditRefusal(context, claims, message, may.error);
    throw new RequestError(may.error);
  }
  if (VIEWER_MESSAGES[message.type].handledBy === 'connection')
    throw new RequestError(
      wireError('INVALID_MESSAGE', `The message ${message.type} needs a line, or a socket`),
    );
  const object = await objectFor(context, message);
  const address = addressOf(context.req.raw.headers);
  const ack = await object.request(claims, message, id, address, client, metadata?.askedAt);
  if (ack.success) return context.json(ack);
  return errorResponse(ack.error ?? wireError('INTERNAL_ERROR', 'something went wrong'));
}

/**
 * G5: viewer messages without a socket: one message, or the texts of a polled line, one in each line of the
 * body.
 */
export function messageRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'POST /api/messages', async (context, { line, client, from }) => {
    const body = await readText(context);
    if (line === undefined) return handleMessage(context, body, client);
    const texts = body.split('\n').filter((text) => text !== '');
    const accepted = await lineOf(context.env, memberClaims(context), line).say(texts, from);
    return accepted.ok ? context.body(null, 204) : errorResponse(accepted.error);
  });
  return app;
}
