import { handleStream, type StreamInput, type StreamOutput } from '@muster/client/sync';
import { LIMITS, outputOf, type Run, runBoundary, type Snapshot, STREAM, textOf } from '@muster/protocol';
import { sendPending } from './command-statuses.ts';
import { jsonBytes, spendCredit } from './credit.ts';
import { sendToClient } from './replies.ts';
import type { RoomLink, UnitOfWork } from './types.ts';

/** Advances the reader of the room's stream, and sends the client what follows from it. */
export function stepOutput(work: UnitOfWork, room: RoomLink, input: StreamInput): void {
  const before = room.stream.at;
  for (const output of handleStream(room.stream, input)) perform(work, room, output);
  if (room.pendingStatuses.length > 0) sendPending(work, room, before);
}

export function perform(work: UnitOfWork, room: RoomLink, output: StreamOutput): void {
  const { agentId } = room;
  switch (output.type) {
    case 'subscribe': {
      room.subscribing = work.freshId();
      const after = output.after === null ? {} : { after: output.after };
      const message = {
        type: 'subscribe:agent',
        payload: { agentId, history: room.history, ...after },
      } as const;
      work.out.push({ type: 'send', key: room.key, message, id: room.subscribing });
      return;
    }
    case 'output':
      for (const frame of output.frames) {
        enterEpoch(work, room, output.epoch, frame.sequence);
        // C14: dialects know no conversations: here it only uses up its number.
        if (frame.stream === STREAM.update) continue;
        spend(work, jsonBytes(frame.data));
        sendToClient(work, outputOf(agentId, frame, output.command));
      }
      return;
    case 'snapshot':
      return sendSnapshot(work, room, output.snapshot);
    case 'event':
      // The lobby reports the change itself; here the event only uses up its number.
      enterEpoch(work, room, output.epoch, output.sequence);
      if (output.event.type === 'program:status' && output.event.run !== undefined)
        sendRunBoundary(work, room, output.event.run, output);
      return;
    case 'gap': {
      const { epoch, from, to, bytes } = output;
      if (epoch !== null) enterEpoch(work, room, epoch, to ?? from - 1, to === null);
      const payload = { agentId, epoch, from, to, ...(bytes === undefined ? {} : { bytes }) };
      return sendToClient(work, { type: 'replay:gap', payload });
    }
    case 'replaying':
      return;
  }
}

const spend = ({ gateway, now }: UnitOfWork, bytes: number) => {
  gateway.credit = spendCredit(gateway.credit, bytes, now);
};

/** P7: as output of that number. A pipe's reader gets what the program printed, and no more. */
function sendRunBoundary(
  work: UnitOfWork,
  { agentId }: RoomLink,
  run: Run,
  { sequence, time }: { readonly sequence: number; readonly time: number },
): void {
  const data = run.terminal === undefined ? new Uint8Array() : new TextEncoder().encode(runBoundary(run));
  if (data.length === 0) return;
  spend(work, jsonBytes(data));
  sendToClient(
    work,
    outputOf(agentId, { sequence, commandSequence: 0, stream: STREAM.stdout, data, time }, ''),
  );
}

/** S14: as text. A snapshot too large for a message (S13) is sent as the gap that it would have filled. */
function sendSnapshot(work: UnitOfWork, room: RoomLink, snapshot: Snapshot): void {
  const { agentId, sentPosition } = room;
  const { epoch, sequence, cols, rows, data, modes, pending } = snapshot;
  const before = sentPosition?.epoch === epoch ? sentPosition.sequence : 0;
  if (sentPosition !== null && sentPosition.epoch !== epoch)
    room.sentPosition = { ...sentPosition, endLost: true };
  enterEpoch(work, room, epoch, sequence);
  const bytes = joined([data, modes, pending]);
  const size = jsonBytes(bytes);
  if (size > LIMITS.messageBytes) {
    const payload = { agentId, epoch, from: before + 1, to: sequence };
    return sendToClient(work, { type: 'replay:gap', payload });
  }
  spend(work, size);
  const payload = { agentId, epoch, sequence, cols, rows, data: textOf(bytes) };
  sendToClient(work, { type: 'terminal:snapshot', payload });
}

/** S6a: tells a plain client when the numbers begin anew, and which epoch its cursors are of. */
function enterEpoch(
  work: UnitOfWork,
  room: RoomLink,
  epoch: NonNullable<RoomLink['sentPosition']>['epoch'],
  sequence: number,
  endLost = false,
): void {
  const { sentPosition, agentId } = room;
  room.sentPosition = { epoch, sequence, endLost };
  if (sentPosition?.epoch === epoch) return;
  const ended =
    sentPosition === null
      ? null
      : { epoch: sentPosition.epoch, last: sentPosition.endLost ? null : sentPosition.sequence };
  sendToClient(work, { type: 'stream:epoch', payload: { agentId, ended, epoch } });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
