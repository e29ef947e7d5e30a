import { agentOfId, type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import { draftOfMessage } from '../../audit/entry.ts';
import { agentNotFound, createAgent, deleteAgent, updateAgent } from './agents/index.ts';
import { LOBBY } from './limits.ts';
import { focusOf } from './push/index.ts';
import { answerRepeat, type Request, refusal, reply } from './requests.ts';
import type { Lobby, LobbyEvent, UnitOfWork } from './types.ts';
import { visibleAgent } from './visibility/index.ts';

/** One message of a viewer whose role allows it. */
export function handleViewerMessage(
  lobby: Lobby,
  work: UnitOfWork,
  { by, message, id, askedAt }: Extract<LobbyEvent, { type: 'viewer-message' }>,
): void {
  const audit = by.actor === undefined ? null : draftOfMessage(by.actor, message);
  const request: Request = { by, message, id, audit, askedAt };
  switch (message.type) {
    case 'agent:create':
      if (!answerRepeat(lobby, work, request)) createAgent(lobby, work, request, message.payload);
      return;
    case 'agent:update':
      if (!answerRepeat(lobby, work, request)) updateAgent(lobby, work, request, message.payload);
      return;
    case 'agent:delete':
      if (!answerRepeat(lobby, work, request)) deleteAgent(lobby, work, request, message.payload.agentId);
      return;
    case 'subscribe:agent':
      return subscribe(lobby, work, request, message.payload.agentId);
    case 'unsubscribe':
      return unsubscribe(work, request, message.payload.subscriptionId);
    case 'page:focus':
      return focus(lobby, work, request, message.payload);
    case 'attention:seen': {
      const { eventId } = message.payload;
      work.out.push({ type: 'attention-seen', connection: by.connection, eventId });
      return reply(work, request, { success: true });
    }
    case 'heartbeat':
    case 'ping':
      return echo(work, request, message);
    // A token in it was verified before; without one it is only a sign of life.
    case 'dashboard:connect':
      return reply(work, request, { success: true });
    default:
      return refuseWrongObject(lobby, work, request);
  }
}

/** C10: an agent that the member may not see is none that they look at. */
function focus(
  lobby: Lobby,
  work: UnitOfWork,
  request: Request,
  told: Extract<ViewerMessage, { type: 'page:focus' }>['payload'],
): void {
  const { connection, limits = [] } = request.by;
  const { agentId } = told;
  const isThere = agentId !== null && visibleAgent(lobby, limits, agentId) !== null;
  const lease = isThere ? focusOf(told, work.now) : null;
  work.out.push({ type: 'attach-focus', connection, focus: lease });
  reply(work, request, { success: true });
}

function echo(
  work: UnitOfWork,
  { by, id }: Request,
  message: Extract<ViewerMessage, { type: 'heartbeat' | 'ping' }>,
): void {
  const correlation = id === undefined ? {} : { correlationId: id };
  const echoed =
    message.type === 'ping'
      ? ({ type: 'pong', payload: message.payload } as const)
      : ({ type: 'heartbeat', payload: message.payload } as const);
  work.out.push({ type: 'send', to: by.connection, message: echoed, ...correlation });
}

/**
 * G1: the lobby carries no output, so the ack names the path of the agent's room. Without agentId: what every
 * dashboard receives.
 */
function subscribe(
  lobby: Lobby,
  work: UnitOfWork,
  request: Request,
  agentId: Extract<ViewerMessage, { type: 'subscribe:agent' }>['payload']['agentId'],
): void {
  if (agentId !== undefined && visibleAgent(lobby, request.by.limits ?? [], agentId) === null)
    return reply(work, request, refusal(agentNotFound(agentId)));
  const { connection, subscriptions } = request.by;
  if (subscriptions.length >= LOBBY.subscriptions) {
    const message = `a connection has at most ${LOBBY.subscriptions} subscriptions`;
    return reply(work, request, refusal(wireError('RESOURCE_EXHAUSTED', message)));
  }
  const subscriptionId = work.freshId();
  work.out.push({ type: 'attach-viewer', connection, subscriptions: [...subscriptions, subscriptionId] });
  const path = agentId === undefined ? {} : { path: roomPath(agentId) };
  reply(work, request, { success: true, result: { subscriptionId, ...path } });
}

function unsubscribe(work: UnitOfWork, request: Request, subscriptionId: string): void {
  const { connection, subscriptions } = request.by;
  if (!subscriptions.includes(subscriptionId)) {
    const error = wireError('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription', {
      field: 'subscriptionId',
    });
    return reply(work, request, refusal(error));
  }
  const rest = subscriptions.filter((one) => one !== subscriptionId);
  work.out.push({ type: 'attach-viewer', connection, subscriptions: rest });
  reply(work, request, { success: true });
}

const roomPath = (agentId: string) => `/ws/agents/${agentId}`;

/** A command's id names its room, where such requests belong. */
const NO_COMMAND = wireError('COMMAND_NOT_FOUND', 'There is no such command', {
  field: 'commandId',
});

/** The id of a conversation or of a request, which names its room too, and the error where there is none. */
function conversationIdOf(
  payload: ViewerMessage['payload'],
): { readonly id: string; readonly missing: WireError } | null {
  if ('conversationId' in payload) return { id: payload.conversationId, missing: NO_CONVERSATION };
  if ('permissionId' in payload) return { id: payload.permissionId, missing: NO_REQUEST };
  return null;
}

const NO_CONVERSATION = wireError('CONVERSATION_NOT_FOUND', 'There is no such conversation', {
  field: 'conversationId',
});
const NO_REQUEST = wireError('PERMISSION_NOT_FOUND', 'There is no such request', { field: 'permissionId' });

/** Refuses messages that belong in an agent's room. */
function refuseWrongObject(lobby: Lobby, work: UnitOfWork, request: Request): void {
  const { type, payload } = request.message;
  if ('commandId' in payload && !('agentId' in payload)) return reply(work, request, refusal(NO_COMMAND));
  const asked = 'agentId' in payload ? (payload.agentId ?? undefined) : undefined;
  const named = conversationIdOf(payload);
  const agentId = asked ?? (named === null ? undefined : (agentOfId(named.id) ?? undefined));
  if (
    named !== null &&
    (agentId === undefined || visibleAgent(lobby, request.by.limits ?? [], agentId) === null)
  )
    return reply(work, request, refusal(named.missing));
  if (agentId !== undefined && visibleAgent(lobby, request.by.limits ?? [], agentId) === null)
    return reply(work, request, refusal(agentNotFound(agentId)));
  const error =
    agentId === undefined
      ? wireError('INVALID_MESSAGE', `The message ${type} belongs in an agent's room`)
      : wireError('INVALID_MESSAGE', `The message ${type} belongs in ${roomPath(agentId)}`, {
          path: roomPath(agentId),
        });
  reply(work, request, refusal(error));
}
