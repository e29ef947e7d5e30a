import { type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import { handleSeen } from '../attention.ts';
import { auditRefusal } from '../audit/index.ts';
import { handleCommandMessage } from '../commands/index.ts';
import { handleConversationMessage } from '../conversations/index.ts';
import { authorizeResize, handleDriverMessage } from '../driver/index.ts';
import { uploadFile } from '../files/index.ts';
import { handleFlowAck, subscribe, unsubscribe } from '../flow/index.ts';
import { handlePolicyChange } from '../policy/index.ts';
import { stateFor } from '../reporting/index.ts';
import {
  handleProgramAction,
  type Outcome,
  repeatOutcome,
  sendAck,
  staleOutcome,
} from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable, RoomEvent } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { authorizeCommandSize, findRunning, handleInput, sendToKeeper } from './input.ts';
import { type Refused, roleRefusal } from './role.ts';

const done: Outcome = { type: 'done' };
const refused = (error: WireError): Refused => ({ type: 'refused', error });

/** One message of a viewer; with an `id` it gets exactly one ack. */
export function handleViewerMessage(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  event: Extract<RoomEvent, { type: 'viewer-message' }>,
): void {
  const { message, id } = event;
  const outcome =
    refusal(durable, viewer, message) ??
    staleOutcome(work, viewer, event) ??
    act(work, durable, viewer, message, id);
  const to = viewer.connection;
  if (outcome.type === 'pending') return;
  if (outcome.type === 'done') {
    const { result } = outcome;
    if (id !== undefined)
      sendAck(work, to, id, { success: true, ...(result === undefined ? {} : { result }) });
    return;
  }
  if (outcome.again !== true) auditRefusal(work, viewer.member, message, outcome.error);
  if (id !== undefined) sendAck(work, to, id, { success: false, error: outcome.error });
  else work.afterCommit.push({ type: 'send', to, message: { type: 'error', payload: outcome.error } });
}

/** C15: by the rule of the message that the file is for. */
export function handleUpload(
  work: UnitOfWork,
  viewer: Viewer,
  { connection, file, id }: Extract<RoomEvent, { type: 'file-uploaded' }>,
): void {
  const outcome = roleRefusal(viewer, 'chat:message') ?? uploadFile(work, viewer.member, file);
  if (outcome.type === 'refused') sendAck(work, connection, id, { success: false, error: outcome.error });
  if (outcome.type === 'done')
    sendAck(work, connection, id, { success: true, result: { ...outcome.result } });
}

/** X5 and N1: the role, and the agent this room is. */
function refusal(durable: Durable, viewer: Viewer, message: ViewerMessage): Outcome | null {
  const role = roleRefusal(viewer, message.type);
  if (role !== null) return role;
  const { agentId } = durable.placement.spec;
  if (
    'agentId' in message.payload &&
    message.payload.agentId !== undefined &&
    message.payload.agentId !== agentId
  ) {
    return refused(
      wireError(
        'AGENT_NOT_FOUND',
        `This is the room of ${agentId}; send the message to its agent's own room`,
        { field: 'agentId' },
      ),
    );
  }
  return null;
}

/** I1: without an id each is another one. */
const once = (
  work: UnitOfWork,
  viewer: Viewer,
  message: ViewerMessage,
  id: string | undefined,
): Outcome | null => (id === undefined ? null : repeatOutcome(work, viewer, message, id));

function act(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: ViewerMessage,
  id: string | undefined,
): Outcome {
  const to = viewer.connection;
  const correlated = id === undefined ? {} : { correlationId: id };
  switch (message.type) {
    case 'heartbeat':
    case 'ping': {
      const reply = message.type === 'ping' ? { ...message, type: 'pong' as const } : message;
      work.afterCommit.push({ type: 'send', to, message: reply, ...correlated });
      return done;
    }
    case 'agent:get_state': {
      const state = stateFor(viewer, work.room, durable);
      work.afterCommit.push({
        type: 'send',
        to,
        message: { type: 'agent:state', payload: state },
        ...correlated,
      });
      return { type: 'done', result: { state } };
    }
    case 'agent:seen':
      handleSeen(work, durable);
      return done;
    case 'subscribe:agent':
      return subscribe(work, durable, viewer, message.payload, id);
    case 'unsubscribe':
      return unsubscribe(work, viewer, message.payload.subscriptionId)
        ? done
        : refused(
            wireError('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription on this socket', {
              field: 'subscriptionId',
            }),
          );
    case 'flow:ack':
      handleFlowAck(work, viewer, message.payload.epoch, message.payload.sequence);
      return done;
    case 'agent:input':
      return handleInput(work, durable, viewer, message.payload);
    case 'agent:resize': {
      const { cols, rows, colors, commandId } = message.payload;
      const verdict =
        commandId === undefined
          ? authorizeResize(durable, viewer)
          : authorizeCommandSize(work, viewer, commandId);
      if (verdict.type === 'refused') return verdict;
      const requestId = work.context.freshId();
      const payload = { requestId, cols, rows, colors, commandId };
      return sendToKeeper(work, { type: 'program:resize', payload });
    }
    case 'agent:start':
    case 'agent:terminate':
    case 'agent:pause':
    case 'agent:resume':
    case 'agent:restart':
      return once(work, viewer, message, id) ?? handleProgramAction(work, viewer, message, id);
    case 'agent:signal': {
      const { commandId } = message.payload;
      const found = commandId === undefined ? null : findRunning(work, commandId);
      if (found?.type === 'refused') return found;
      return once(work, viewer, message, id) ?? handleProgramAction(work, viewer, message, id);
    }
    case 'command:request':
    case 'agent:command':
    case 'command:interrupt':
    case 'command:cancel':
    case 'command:move':
    case 'command:edit':
    case 'command:retry':
      return once(work, viewer, message, id) ?? handleCommandMessage(work, durable, viewer, message, id);
    case 'driver:request':
    case 'driver:release':
    case 'driver:grant':
    case 'driver:decline':
      return handleDriverMessage(work, durable, viewer, message);
    case 'conversation:create':
    case 'conversation:join':
    case 'conversation:leave':
    case 'conversation:cancel':
    case 'conversation:configure':
    case 'conversation:sign-in':
    case 'conversation:rename':
    case 'conversation:close':
    case 'chat:message':
    case 'chat:edit':
    case 'chat:withdraw':
    case 'chat:move':
    case 'typing':
    case 'permission:respond':
    case 'elicitation:respond':
      return once(work, viewer, message, id) ?? handleConversationMessage(work, durable, viewer, message, id);
    case 'policy:change':
      return once(work, viewer, message, id) ?? handlePolicyChange(work, durable, viewer, message, id);
    case 'agent:create':
    case 'agent:update':
    case 'agent:delete':
    case 'page:focus':
    case 'attention:seen':
      return refused(
        wireError('INVALID_MESSAGE', `The message ${message.type} belongs to the lobby`, {
          path: '/ws/dashboard',
        }),
      );
    case 'auth':
    case 'auth:refresh':
    case 'dashboard:connect':
      return done;
  }
}
