import {
  allows,
  LIMITS,
  type ToKeeperMessage,
  VIEWER_ROLES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { driverSaid, mayResize, takeKeys } from './driver.ts';
import { answer, type Outcome, offline, takeAction } from './requests.ts';
import { keeperToAsk, type Turn, type Viewer } from './state.ts';
import { subscribe, unsubscribe } from './subscribe.ts';
import { agentState } from './summary.ts';
import type { Durable } from './types.ts';
import { flowAck } from './viewers.ts';

const utf8 = new TextEncoder();
const done: Outcome = { type: 'done' };
const refused = (error: WireError): Outcome => ({ type: 'refused', error });

/** One message of a viewer; with an `id` it gets exactly one ack. */
export function viewerSaid(
  turn: Turn,
  durable: Durable,
  viewer: Viewer,
  message: ViewerMessage,
  id: string | undefined,
): void {
  const outcome = refusal(durable, viewer, message) ?? act(turn, durable, viewer, message, id);
  const to = viewer.connection;
  if (outcome.type === 'pending') return;
  if (outcome.type === 'done') {
    const { result } = outcome;
    if (id !== undefined)
      answer(turn, to, id, { success: true, ...(result === undefined ? {} : { result }) });
    return;
  }
  if (id !== undefined) answer(turn, to, id, { success: false, error: outcome.error });
  else turn.after.push({ type: 'send', to, message: { type: 'error', payload: outcome.error } });
}

/** X5 and N1: the role that the one table asks for, and the agent this room is. */
function refusal(durable: Durable, viewer: Viewer, message: ViewerMessage): Outcome | null {
  const least = VIEWER_ROLES[message.type];
  if (least !== 'anyone' && !allows(viewer.member.role, least)) {
    return refused(wireError('INSUFFICIENT_PERMISSIONS', `${message.type}: needs the role ${least}`));
  }
  const { agentId } = durable.placement.spec;
  if (
    'agentId' in message.payload &&
    message.payload.agentId !== undefined &&
    message.payload.agentId !== agentId
  ) {
    return refused(
      wireError('AGENT_NOT_FOUND', `agentId: this is the room of ${agentId}`, { field: 'agentId' }),
    );
  }
  return null;
}

function act(
  turn: Turn,
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
      turn.after.push({ type: 'send', to, message: reply, ...correlated });
      return done;
    }
    case 'agent:get_state': {
      const state = agentState(turn.room, durable);
      turn.after.push({ type: 'send', to, message: { type: 'agent:state', payload: state }, ...correlated });
      return { type: 'done', result: { state } };
    }
    case 'subscribe:agent':
      return subscribe(turn, durable, viewer, message.payload, id);
    case 'unsubscribe':
      return unsubscribe(turn, viewer, message.payload.subscriptionId)
        ? done
        : refused(
            wireError('SUBSCRIPTION_NOT_FOUND', 'subscriptionId: is not of this socket', {
              field: 'subscriptionId',
            }),
          );
    case 'flow:ack':
      flowAck(turn, viewer, message.payload.epoch, message.payload.sequence);
      return done;
    case 'agent:input':
      return input(turn, viewer, message.payload);
    case 'agent:resize': {
      const { cols, rows } = message.payload;
      const verdict = mayResize(durable, viewer);
      if (verdict.type === 'refused') return verdict;
      return tellKeeper(turn, {
        type: 'program:resize',
        payload: { requestId: turn.context.freshId(), cols, rows },
      });
    }
    case 'agent:start':
    case 'agent:terminate':
    case 'agent:pause':
    case 'agent:resume':
    case 'agent:restart':
    case 'agent:signal':
      return takeAction(turn, viewer, message, id);
    case 'driver:request':
    case 'driver:release':
    case 'driver:grant':
    case 'driver:decline':
      return driverSaid(turn, durable, viewer, message);
    case 'agent:create':
    case 'agent:update':
    case 'agent:delete':
      return refused(
        wireError('INVALID_MESSAGE', `${message.type}: belongs to the lobby`, { path: '/ws/dashboard' }),
      );
    case 'auth':
    case 'auth:refresh':
    case 'dashboard:connect':
      return done;
  }
}

/** I2: at most once. It is passed on and not kept: what the keeper takes, `input:ack` tells. */
function input(
  turn: Turn,
  viewer: Viewer,
  payload: Extract<ViewerMessage, { type: 'agent:input' }>['payload'],
): Outcome {
  const { data, encoding = 'utf8', inputSequence } = payload;
  if (payload.commandId !== undefined) {
    return refused(
      wireError('COMMAND_NOT_FOUND', 'commandId: no such command is running', { field: 'commandId' }),
    );
  }
  // A character is at most 3 bytes of UTF-8, so only a long text needs measuring.
  if (data.length * 3 > LIMITS.inputBytes && utf8.encode(data).length > LIMITS.inputBytes) {
    return refused(
      wireError('MESSAGE_TOO_LARGE', `data: an input is at most ${LIMITS.inputBytes} bytes`, {
        field: 'data',
      }),
    );
  }
  const verdict = takeKeys(turn, viewer, payload.answer === true);
  if (verdict.type === 'refused') return verdict;
  if (verdict.type === 'drop') return done;
  const clientId = payload.clientId ?? viewer.member.clientId;
  viewer.inputClient = clientId;
  const numbered = inputSequence === undefined ? {} : { clientId, inputSequence };
  return tellKeeper(turn, { type: 'program:input', payload: { data, encoding, ...numbered } });
}

function tellKeeper(turn: Turn, message: ToKeeperMessage): Outcome {
  const keeper = keeperToAsk(turn);
  if (keeper === null) return refused(offline(turn.room));
  turn.after.push({ type: 'tell', keeper, message });
  return done;
}
