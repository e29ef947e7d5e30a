import { type StreamInput, type StreamOutput, stepStream } from '@muster/client/sync';
import { LIMITS, outputOf, type Run, runBoundary, type Snapshot, STREAM, textOf } from '@muster/protocol';
import { jsonBytes, spent } from './credit.ts';
import { say } from './say.ts';
import { tellWaiting } from './statuses.ts';
import type { RoomLink, Turn } from './types.ts';

/** What the room's stream does to this reader, and what of that the client is told. */
export function step(turn: Turn, room: RoomLink, input: StreamInput): void {
  const before = room.stream;
  const { state, outputs } = stepStream(before, input);
  room.stream = state;
  for (const output of outputs) carryOut(turn, room, output);
  if (room.statuses.length > 0) tellWaiting(turn, room, before);
}

export function carryOut(turn: Turn, room: RoomLink, output: StreamOutput): void {
  const { agentId } = room;
  switch (output.type) {
    case 'subscribe': {
      room.subscribing = turn.freshId();
      const after = output.after === null ? {} : { after: output.after };
      const message = {
        type: 'subscribe:agent',
        payload: { agentId, history: room.history, ...after },
      } as const;
      turn.out.push({ type: 'send', key: room.key, message, id: room.subscribing });
      return;
    }
    case 'output':
      for (const frame of output.frames) {
        enterEpoch(turn, room, output.epoch, frame.sequence);
        spend(turn, jsonBytes(frame.data));
        say(turn, outputOf(agentId, frame, output.command));
      }
      return;
    case 'snapshot':
      return tellSnapshot(turn, room, output.snapshot);
    case 'event':
      // What an event changes the lobby tells; its number is used up.
      enterEpoch(turn, room, output.epoch, output.sequence);
      if (output.event.type === 'program:status' && output.event.run !== undefined)
        tellRun(turn, room, output.event.run, output);
      return;
    case 'gap': {
      const { epoch, from, to, bytes } = output;
      if (epoch !== null) enterEpoch(turn, room, epoch, to ?? from - 1, to === null);
      const payload = { agentId, epoch, from, to, ...(bytes === undefined ? {} : { bytes }) };
      return say(turn, { type: 'replay:gap', payload });
    }
    case 'replaying':
      return;
  }
}

const spend = ({ door, now }: Turn, bytes: number) => {
  door.credit = spent(door.credit, bytes, now);
};

/** P7: as output of that number. What reads a pipe gets what the program printed, and no more. */
function tellRun(
  turn: Turn,
  { agentId }: RoomLink,
  run: Run,
  { sequence, time }: { readonly sequence: number; readonly time: number },
): void {
  const data = run.terminal === undefined ? new Uint8Array() : new TextEncoder().encode(runBoundary(run));
  if (data.length === 0) return;
  spend(turn, jsonBytes(data));
  say(turn, outputOf(agentId, { sequence, commandSequence: 0, stream: STREAM.stdout, data, time }, ''));
}

/** S14: as text. One that is no message as text (S13) is told as the gap that it would have filled. */
function tellSnapshot(turn: Turn, room: RoomLink, snapshot: Snapshot): void {
  const { agentId, told } = room;
  const { epoch, sequence, cols, rows, data, modes, pending } = snapshot;
  const before = told?.epoch === epoch ? told.sequence : 0;
  if (told !== null && told.epoch !== epoch) room.told = { ...told, endLost: true };
  enterEpoch(turn, room, epoch, sequence);
  const bytes = joined([data, modes, pending]);
  const size = jsonBytes(bytes);
  if (size > LIMITS.messageBytes) {
    const payload = { agentId, epoch, from: before + 1, to: sequence };
    return say(turn, { type: 'replay:gap', payload });
  }
  spend(turn, size);
  const payload = { agentId, epoch, sequence, cols, rows, data: textOf(bytes) };
  say(turn, { type: 'terminal:snapshot', payload });
}

/** S6a: a plain client is told when the numbers begin anew, and which epoch its cursors are of. */
function enterEpoch(
  turn: Turn,
  room: RoomLink,
  epoch: NonNullable<RoomLink['told']>['epoch'],
  sequence: number,
  endLost = false,
): void {
  const { told, agentId } = room;
  room.told = { epoch, sequence, endLost };
  if (told?.epoch === epoch) return;
  const ended = told === null ? null : { epoch: told.epoch, last: told.endLost ? null : told.sequence };
  say(turn, { type: 'stream:epoch', payload: { agentId, ended, epoch } });
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
