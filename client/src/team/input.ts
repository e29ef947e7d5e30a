import { encodeInput } from '@muster/protocol';
import { isOpen, takesInputFrames } from '../channel/index.ts';
import {
  bytePieces,
  confirmInput,
  inputPieces,
  numberInput,
  textPieces,
  unconfirmed,
} from '../requests/inputs.ts';
import { isDrivenByAnother } from '../stream/state.ts';
import { emitTo, send } from './links.ts';
import type { ProgramInput, Room, Team, UnitOfWork } from './types.ts';

/**
 * Input goes at once after a quiet moment, and what follows within this, ms, goes together: a mouse that is
 * dragged over a terminal stays within the 100 messages a second of a socket (L).
 */
export const INPUT_BATCH_MS = 12;

/** I2: whether input would be sent; otherwise it is neither sent nor kept. */
export function acceptsInput({ clientId }: Team, room: Room, { commandId }: ProgramInput): boolean {
  return isOpen(room.channel) && (commandId !== undefined || !isDrivenByAnother(room.state, clientId));
}

/** I2: sent once, in order, or not at all. */
export function handleInput(work: UnitOfWork, room: Room, input: ProgramInput): void {
  if (!acceptsInput(work.team, room, input)) return;
  const last = room.pendingInput.at(-1);
  const together = last === undefined ? null : merged(last, input);
  if (together === null) room.pendingInput.push(input);
  else room.pendingInput[room.pendingInput.length - 1] = together;
  flushInput(work, room);
}

/** Two texts of one kind as one; null: they go apart. */
function merged(left: ProgramInput, right: ProgramInput): ProgramInput | null {
  if (typeof left.data !== 'string' || typeof right.data !== 'string') return null;
  if (left.end === true || right.end === true) return null;
  if (left.answer !== right.answer || left.commandId !== right.commandId) return null;
  return { ...left, data: left.data + right.data };
}

/** When `flushInput` has something to do, ms; null: never. */
export const inputDeadline = ({ pendingInput, inputSentAt }: Room): number | null =>
  pendingInput.length === 0 ? null : inputSentAt + INPUT_BATCH_MS;

export function flushInput(work: UnitOfWork, room: Room): void {
  const deadline = inputDeadline(room);
  if (deadline === null || work.now < deadline) return;
  room.inputSentAt = work.now;
  for (const input of room.pendingInput.splice(0)) {
    sendInput(work, room, input);
    emitTo(work, room.reader, 'unconfirmed', unconfirmed(room.inputs));
  }
}

function sendInput(work: UnitOfWork, room: Room, input: ProgramInput): void {
  const { clientId } = work.team;
  const { agentId, key, channel } = room;
  const { data, answer, commandId } = input;
  if (input.end === true) {
    const payload = { agentId, end: true as const, clientId, inputSequence: nextNumber(room) };
    send(work, room, { type: 'agent:input', payload });
  } else if (takesInputFrames(channel)) {
    for (const piece of inputPieces(data)) {
      const head = { clientId, inputSequence: nextNumber(room), answer, commandId };
      work.out.push({ type: 'send-bytes', key, bytes: encodeInput({ ...head, data: piece }) });
    }
  } else sendText(work, room, input);
}

/** Where nothing but text is carried (G5), or understood. */
function sendText(work: UnitOfWork, room: Room, { data, answer, commandId }: ProgramInput): void {
  const encoding = typeof data === 'string' ? 'utf8' : 'base64';
  for (const piece of typeof data === 'string' ? textPieces(data) : bytePieces(data)) {
    const numbered = { clientId: work.team.clientId, inputSequence: nextNumber(room) };
    const own = { ...(answer ? { answer } : {}), ...(commandId === undefined ? {} : { commandId }) };
    const payload = { agentId: room.agentId, data: piece, encoding, ...own, ...numbered } as const;
    send(work, room, { type: 'agent:input', payload });
  }
}

function nextNumber(room: Room): number {
  const { state, sequence } = numberInput(room.inputs);
  room.inputs = state;
  return sequence;
}

/** The socket is gone: what was not sent never will be (I2). It has a number of its own, so that it shows as unconfirmed. */
export function dropInput(room: Room): void {
  if (room.pendingInput.length > 0) nextNumber(room);
  room.pendingInput = [];
}

export function handleInputAck(work: UnitOfWork, room: Room, clientId: string, sequence: number): void {
  if (clientId !== work.team.clientId) return;
  room.inputs = confirmInput(room.inputs, sequence);
  emitTo(work, room.reader, 'unconfirmed', unconfirmed(room.inputs));
}
