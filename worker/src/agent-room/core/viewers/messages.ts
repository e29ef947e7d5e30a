import {
  allows,
  asProgramInput,
  encodeInput,
  type InputFrame,
  LIMITS,
  type ToKeeperMessage,
  VIEWER_RULES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { staleRequestRefusal } from '../../../socket/stale-request.ts';
import { auditRefusal } from '../audit/audit.ts';
import { type CommandRecord, isActive } from '../commands/command.ts';
import { handleCommandMessage } from '../commands/messages.ts';
import {
  authorizeCommandResize,
  authorizeKeys,
  authorizeResize,
  handleDriverMessage,
  type Verdict,
} from '../driver/messages.ts';
import { handleFlowAck } from '../flow/replay.ts';
import { subscribe, unsubscribe } from '../flow/subscribe.ts';
import { ROOM_LIMITS } from '../limits.ts';
import { recordActivity } from '../reporting/activity.ts';
import { agentState } from '../reporting/summary.ts';
import { countedClient } from '../requests/counted-client.ts';
import {
  handleProgramAction,
  type Outcome,
  offlineError,
  requestKey,
  sendAck,
} from '../requests/requests.ts';
import type { Viewer } from '../state.ts';
import type { Durable, RoomEvent } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';

const utf8 = new TextEncoder();
const done: Outcome = { type: 'done' };
type Refused = Extract<Outcome, { type: 'refused' }>;
const refused = (error: WireError): Refused => ({ type: 'refused', error });

/** One message of a viewer; with an `id` it gets exactly one ack. */
export function handleViewerMessage(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  said: Extract<RoomEvent, { type: 'viewer-message' }>,
): void {
  const { message, id } = said;
  const outcome =
    refusal(durable, viewer, message) ?? late(work, viewer, said) ?? act(work, durable, viewer, message, id);
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

/** I1: it may be a repeat of a request that this room has forgotten. */
function late(
  work: UnitOfWork,
  viewer: Viewer,
  { id, askedAt }: Extract<RoomEvent, { type: 'viewer-message' }>,
): Refused | null {
  if (id === undefined || work.room.requests.has(requestKey(viewer, id))) return null;
  const error = staleRequestRefusal(askedAt, work.now, ROOM_LIMITS.requestMemory);
  return error === null ? null : refused(error);
}

/** X5: the role that the one table asks for. */
function roleRefusal({ member }: Viewer, type: ViewerMessage['type']): Refused | null {
  const least = VIEWER_RULES[type].least;
  if (least === 'anyone' || allows(member.role, least)) return null;
  return refused(wireError('INSUFFICIENT_PERMISSIONS', `The message ${type} needs the role ${least}`));
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
      const state = agentState(work.room, durable);
      work.afterCommit.push({
        type: 'send',
        to,
        message: { type: 'agent:state', payload: state },
        ...correlated,
      });
      return { type: 'done', result: { state } };
    }
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
      return input(work, durable, viewer, message.payload);
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
      return handleProgramAction(work, viewer, message, id);
    case 'agent:signal': {
      const { commandId } = message.payload;
      const found = commandId === undefined ? null : findRunning(work, commandId);
      return found?.type === 'refused' ? found : handleProgramAction(work, viewer, message, id);
    }
    case 'command:request':
    case 'agent:command':
    case 'command:interrupt':
    case 'command:cancel':
    case 'command:move':
    case 'command:edit':
    case 'command:retry':
      return handleCommandMessage(work, durable, viewer, message, id);
    case 'driver:request':
    case 'driver:release':
    case 'driver:grant':
    case 'driver:decline':
      return handleDriverMessage(work, durable, viewer, message);
    case 'agent:create':
    case 'agent:update':
    case 'agent:delete':
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

/** I2: at most once. It is passed on and not kept: what the keeper takes, `input:ack` tells. */
function input(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  payload: Extract<ViewerMessage, { type: 'agent:input' }>['payload'],
): Outcome {
  const { data = '', encoding = 'utf8', inputSequence, commandId, end = false } = payload;
  if (payload.data === undefined && !end)
    return refused(
      wireError('INVALID_MESSAGE', 'Give data to send, or say that the input ends', { field: 'data' }),
    );
  const unending = end ? endRefusal(work, durable, commandId) : null;
  if (unending !== null) return refused(unending);
  // A character is at most 3 bytes of UTF-8, so only a long text needs measuring.
  if (data.length * 3 > LIMITS.inputBytes && utf8.encode(data).length > LIMITS.inputBytes) {
    return refused(
      wireError('MESSAGE_TOO_LARGE', `An input has at most ${LIMITS.inputBytes} bytes`, {
        field: 'data',
      }),
    );
  }
  const clientId = payload.clientId ?? viewer.member.clientId;
  const answer = payload.answer === true;
  const verdict = authorizeInput(work, viewer, { commandId, clientId, answer });
  if (verdict.type === 'refused') return verdict;
  if (verdict.type === 'drop') return done;
  const head = {
    ...(inputSequence === undefined
      ? {}
      : { clientId: countedClient(viewer.member.id, clientId), inputSequence }),
    ...(answer ? { answer } : {}),
    ...(end ? { end } : {}),
  };
  return sendToKeeper(work, {
    type: 'program:input',
    payload: { data, encoding, commandId, ...head },
  });
}

/** P9: a terminal's input has no end, and a host of 0.1.0 closes none. */
function endRefusal(
  work: UnitOfWork,
  { placement }: Durable,
  commandId: string | undefined,
): WireError | null {
  const field = { field: 'end' };
  if (commandId !== undefined || placement.spec.kind === 'terminal')
    return wireError(
      'INVALID_STATE',
      'The input of a terminal cannot be closed. Send Ctrl-D (\\u0004) instead.',
      field,
    );
  if (reachableKeeper(work) === null || work.room.keeper?.endsInput === true) return null;
  const update = 'Update it, then stop and start its agents.';
  return wireError(
    'INVALID_STATE',
    `The agent-runner of this host is too old to close an input. ${update}`,
    field,
  );
}

/** I2: the same as a frame: nobody waits for its ack, and the keeper is given a frame too. */
export function handleInputFrame(work: UnitOfWork, viewer: Viewer, frame: InputFrame): void {
  const verdict = roleRefusal(viewer, 'agent:input') ?? authorizeInput(work, viewer, frame);
  if (verdict.type === 'drop') return;
  const outcome = verdict.type === 'refused' ? verdict : forwardKeys(work, counted(viewer, frame));
  if (outcome.type !== 'refused') return;
  const message = { type: 'error' as const, payload: outcome.error };
  work.afterCommit.push({ type: 'send', to: viewer.connection, message });
}

const counted = ({ member }: Viewer, frame: InputFrame): InputFrame => ({
  ...frame,
  clientId: countedClient(member.id, frame.clientId),
});

function forwardKeys(work: UnitOfWork, frame: InputFrame): Outcome {
  const keeper = reachableKeeper(work);
  if (keeper === null || work.room.keeper?.takesFrames !== true)
    return sendToKeeper(work, asProgramInput(frame));
  work.afterCommit.push({ type: 'forward', to: [keeper], bytes: encodeInput(frame) });
  return done;
}

/** Who may type what where; and whose acks this viewer hears from now on. */
function authorizeInput(
  work: UnitOfWork,
  viewer: Viewer,
  { commandId, clientId, answer: isAnswer }: Pick<InputFrame, 'commandId' | 'clientId' | 'answer'>,
): Found | Verdict {
  const verdict =
    commandId === undefined
      ? authorizeKeys(work, viewer, isAnswer)
      : authorizeCommandInput(work, viewer, commandId, isAnswer);
  if (verdict.type === 'pass') {
    viewer.inputClient = clientId;
    if (!isAnswer && work.room.durable !== null) recordActivity(work, work.room.durable);
  }
  return verdict;
}

type Found = { readonly type: 'pass'; readonly record: CommandRecord } | Refused;

function findRunning(work: UnitOfWork, commandId: string): Found {
  const record = work.room.commands.get(commandId);
  if (record !== undefined && isActive(record.life)) return { type: 'pass', record };
  return refused(wireError('COMMAND_NOT_FOUND', 'No such command is running', { field: 'commandId' }));
}

/** Only an interactive command has a terminal, and reads. */
function findInteractive(work: UnitOfWork, commandId: string): Found {
  const found = findRunning(work, commandId);
  if (found.type === 'refused' || found.record.interactive) return found;
  return refused(
    wireError('INVALID_STATE', 'This command is not interactive: it takes no input', { field: 'commandId' }),
  );
}

/** X6: what a terminal answers by itself counts from the page of who asked for the command. */
function authorizeCommandInput(
  work: UnitOfWork,
  { member }: Viewer,
  commandId: string,
  isAnswer: boolean,
): Found | Verdict {
  const found = findInteractive(work, commandId);
  if (found.type === 'refused' || !isAnswer) return found;
  const { requestedBy, clientId } = found.record;
  return requestedBy === member.id && clientId === member.clientId ? found : { type: 'drop' };
}

function authorizeCommandSize(work: UnitOfWork, viewer: Viewer, commandId: string): Verdict {
  const found = findInteractive(work, commandId);
  return found.type === 'refused' ? found : authorizeCommandResize(work.room, found.record, viewer);
}

function sendToKeeper(work: UnitOfWork, message: ToKeeperMessage): Outcome {
  const keeper = reachableKeeper(work);
  if (keeper === null) return refused(offlineError(work.room));
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message });
  return done;
}
