import {
  type Ack,
  type AgentId,
  type AgentState,
  type Cursor,
  LIMITS,
  type ServerMessage,
  STREAM,
  wireError,
} from '@muster/protocol';
import { type ChannelEffect, type ChannelEvent, isOpen, isUsable } from '../channel/index.ts';
import { earliest } from '../earliest.ts';
import { inputsFrom } from '../requests/inputs.ts';
import { type ConversationMessage, isConversationMessage } from '../stream/conversation-message.ts';
import { creditDeadline, creditReceived, NO_CREDIT, tickCredit } from '../stream/credit.ts';
import { applyCommands, applyKeyboard, applyStatus, isDrivenByAnother, newerState } from '../stream/state.ts';
import { handleStream, type StreamInput, type StreamOutput, seek } from '../stream/stream.ts';
import { isStreamMessage } from '../stream/stream-message.ts';
import { dropInput, flushInput, handleInputAck, inputDeadline } from './input.ts';
import { emitTo, newLink, notify, send, stepLink } from './links.ts';
import type { ChannelKey, Reader, Room, Size, UnitOfWork } from './types.ts';

/** A subscription that is not answered in this time is made anew on another socket, ms. */
const SUBSCRIBE_TIMEOUT_MS = 15_000;
/** How long the socket of a room stays open after its last user, ms: the next click finds it warm. */
export const LINGER_MS = 15_000;

/** `wall`: ms since 1970, where the numbers of its input begin (I2). */
export const newRoom = (key: ChannelKey, agentId: AgentId, wall: number): Room => ({
  ...newLink(key, `/ws/agents/${agentId}`),
  agentId,
  users: 0,
  closesAt: null,
  reader: null,
  state: null,
  conversations: null,
  inputs: inputsFrom(wall),
  pendingInput: [],
  inputSentAt: Number.NEGATIVE_INFINITY,
  subscribing: new Map(),
  subscription: null,
  size: null,
});

export function stepRoom(work: UnitOfWork, room: Room, event: ChannelEvent): void {
  stepLink(work, room, event, (effect) => react(work, room, effect));
}

function react(work: UnitOfWork, room: Room, effect: ChannelEffect): void {
  const { reader, agentId, channel } = room;
  switch (effect.type) {
    case 'opened':
      sendSize(work, room);
      if (reader?.isListening === true) stepReader(work, room, { type: 'attach' });
      return;
    case 'lost':
      room.subscription = null;
      dropInput(room);
      return detachReader(work, room);
    case 'changed': {
      const { shown } = channel;
      emitTo(work, reader, 'connection', shown);
      if (shown.name === 'disconnected' && shown.error?.code === 'AGENT_NOT_FOUND')
        emitTo(work, reader, 'gone', shown.error);
      return;
    }
    case 'message':
      return handleMessage(work, room, effect.message);
    case 'fault':
      return notify(work, effect.error, agentId);
    case 'done':
      return handleDone(work, room, effect);
    case 'failed':
      return handleFailed(work, room, effect);
    default:
      return;
  }
}

function handleDone(work: UnitOfWork, room: Room, effect: ChannelEffect & { type: 'done' }): void {
  const reader = room.subscribing.get(effect.id);
  if (reader !== undefined) {
    room.subscribing.delete(effect.id);
    return handleSubscribed(work, room, reader, effect.ack);
  }
  work.out.push(effect);
  release(work, room);
}

function handleSubscribed(work: UnitOfWork, room: Room, reader: Reader, { result }: Ack): void {
  const subscriptionId = result?.['subscriptionId'];
  if (typeof subscriptionId !== 'string') return;
  if (room.reader === reader) room.subscription = subscriptionId;
  // A reader that came since has replaced the subscription by its own.
  else if (room.reader === null) send(work, room, { type: 'unsubscribe', payload: { subscriptionId } });
}

function handleFailed(work: UnitOfWork, room: Room, effect: ChannelEffect & { type: 'failed' }): void {
  const reader = room.subscribing.get(effect.id);
  if (reader === undefined) {
    work.out.push(effect);
    return release(work, room);
  }
  room.subscribing.delete(effect.id);
  // Refused, or lost on the way: the next socket asks again from the cursor.
  if (room.reader === reader && isOpen(room.channel)) stepRoom(work, room, { type: 'drop' });
}

/** One that uses the room needs it no more. */
export function release(work: UnitOfWork, room: Room): void {
  room.users -= 1;
  if (room.users === 0) room.closesAt = isUsable(room.channel) ? work.now + LINGER_MS : work.now;
}

/** Its owner can listen now: what the room sends is not lost. */
export function handleListen(work: UnitOfWork, room: Room, reader: Reader): void {
  if (reader.held) return showHeld(work, room, reader);
  listen(work, room, reader);
}

/** What came before this reader did, since its socket was there already. */
function showHeld(work: UnitOfWork, room: Room, reader: Reader): void {
  emitTo(work, reader, 'connection', room.channel.shown);
  if (room.conversations !== null) emitTo(work, reader, 'conversation', room.conversations);
}

function listen(work: UnitOfWork, room: Room, reader: Reader): void {
  reader.isListening = true;
  if (isOpen(room.channel)) stepReader(work, room, { type: 'attach' });
}

/** The owner of a held reader knows where it goes on; once for each socket. */
export function handleFollow(work: UnitOfWork, room: Room, reader: Reader, after: Cursor | null): void {
  if (reader.isListening || !isOpen(room.channel)) return;
  seek(reader.stream, after);
  listen(work, room, reader);
}

export function closeReader(work: UnitOfWork, room: Room): void {
  const { subscription: subscriptionId } = room;
  room.reader = null;
  room.subscription = null;
  if (subscriptionId !== null) send(work, room, { type: 'unsubscribe', payload: { subscriptionId } });
  release(work, room);
}

export function stepReader(work: UnitOfWork, room: Room, input: StreamInput): void {
  const { reader } = room;
  if (reader === null) return;
  for (const output of handleStream(reader.stream, input)) perform(work, room, reader, output);
}

function detachReader(work: UnitOfWork, room: Room): void {
  if (room.reader !== null) {
    room.reader.credit = NO_CREDIT;
    if (room.reader.held) room.reader.isListening = false;
  }
  stepReader(work, room, { type: 'detach' });
}

function perform(work: UnitOfWork, room: Room, reader: Reader, output: StreamOutput): void {
  switch (output.type) {
    case 'subscribe':
      return subscribe(work, room, reader, output.after);
    case 'replaying':
      return emitTo(work, reader, 'replaying', output.value);
    case 'output':
      return emitOutput(work, reader, output);
    case 'event':
      return emitTo(work, reader, 'event', output);
    case 'gap':
      return emitTo(work, reader, 'gap', output);
    case 'snapshot':
      return emitTo(work, reader, 'snapshot', output.snapshot);
  }
}

function emitOutput(work: UnitOfWork, reader: Reader, output: StreamOutput & { type: 'output' }): void {
  const { command, epoch, frames } = output;
  if (command === '') return emitTo(work, reader, 'output', output);
  // Which of both a batch is about its frames tell, all of one stream (C14).
  if (frames[0]?.stream === STREAM.update)
    emitTo(work, reader, 'conversationUpdates', { conversationId: command, epoch, frames });
  else emitTo(work, reader, 'commandOutput', { commandId: command, epoch, frames });
}

function subscribe(
  work: UnitOfWork,
  room: Room,
  reader: Reader,
  after: (StreamOutput & { type: 'subscribe' })['after'],
): void {
  const id = work.freshId();
  room.subscribing.set(id, reader);
  const payload = { agentId: room.agentId, history: reader.history, ...(after === null ? {} : { after }) };
  const message = { type: 'subscribe:agent', payload } as const;
  stepRoom(work, room, { type: 'request', id, message, timeout: SUBSCRIBE_TIMEOUT_MS, retries: 0 });
}

/** S8: so many bytes on the wire were read. */
export function handleConsumed(work: UnitOfWork, room: Room, wireBytes: number): void {
  const { reader } = room;
  if (reader !== null)
    applyCredit(work, room, reader, creditReceived(reader.credit, wireBytes, reader.stream.at, work.now));
}

function applyCredit(
  work: UnitOfWork,
  room: Room,
  reader: Reader,
  { state, ack }: ReturnType<typeof tickCredit>,
): void {
  reader.credit = state;
  if (ack !== null) send(work, room, { type: 'flow:ack', payload: ack });
}

export function tickRoom(work: UnitOfWork, room: Room): void {
  stepRoom(work, room, { type: 'tick' });
  flushInput(work, room);
  const { reader } = room;
  if (reader !== null) applyCredit(work, room, reader, tickCredit(reader.credit, reader.stream.at, work.now));
}

/** When `tickRoom` has something to do beside the channel's own, ms; null: never. */
export function roomDeadline(room: Room): number | null {
  const credit = room.reader === null ? null : creditDeadline(room.reader.credit);
  return earliest([credit, inputDeadline(room), room.closesAt]);
}

/** Latest wins. The driver's counts (B9). */
export function handleResize(work: UnitOfWork, room: Room, { cols, rows, colors }: Size): void {
  if (isDrivenByAnother(room.state, work.team.clientId)) return;
  const fit = (cells: number) => Math.min(Math.max(1, Math.floor(cells)), LIMITS.terminalCells);
  const cells = { cols: fit(cols), rows: fit(rows) };
  room.size = { id: null, size: { ...cells, ...(colors === undefined ? {} : { colors }) } };
  sendSize(work, room);
}

/** Each time as a request of its own: an answer that was lost is never asked for again (I1). */
function sendSize(work: UnitOfWork, room: Room): void {
  if (room.size === null) return;
  const { size } = room.size;
  const id = work.freshId();
  room.size = { id, size };
  send(work, room, { type: 'agent:resize', payload: { agentId: room.agentId, ...size } }, id);
}

function handleMessage(work: UnitOfWork, room: Room, message: ServerMessage): void {
  if (isStreamMessage(message)) return stepReader(work, room, message);
  if (isConversationMessage(message)) return passConversation(work, room, message);
  const { state, reader, agentId } = room;
  switch (message.type) {
    case 'agent:state':
      return hold(work, room, newerState(state, message.payload));
    case 'agent:status':
      return hold(work, room, applyStatus(state, message.payload));
    case 'driver:changed':
      return hold(work, room, applyKeyboard(state, message.payload));
    case 'command:queue':
      return hold(work, room, applyCommands(state, message.payload));
    case 'command:status':
      return emitTo(work, reader, 'command', message.payload);
    case 'presence:update':
      return emitTo(work, reader, 'presence', message.payload);
    case 'input:ack':
      return handleInputAck(work, room, message.payload.clientId, message.payload.inputSequence);
    case 'ack':
      if (message.payload.messageId === room.size?.id) room.size = null;
      return;
    case 'agent:error': {
      const { code, message: text } = message.payload.error;
      return notify(work, wireError(code, text), agentId);
    }
    default:
      return;
  }
}

function passConversation(work: UnitOfWork, room: Room, message: ConversationMessage): void {
  if (message.type === 'conversation:list') room.conversations = message;
  emitTo(work, room.reader, 'conversation', message);
}

function hold(work: UnitOfWork, room: Room, state: AgentState | null): void {
  if (state === null || state === room.state) return;
  room.state = state;
  emitTo(work, room.reader, 'state', state);
}
