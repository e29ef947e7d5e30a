import type { Position } from '@muster/protocol';
import { auditHistoryRefusal } from '../history-refusal.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { RoomEvent } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import {
  type CommandChange,
  type CommandEvent,
  type CommandStep,
  statusPayload,
  stepOf,
} from './command-events.ts';

/** Stored, recorded and sent within one event. */
export function applyChange(work: UnitOfWork, change: CommandChange): void {
  const { room } = work;
  if (change.after !== change.before) work.commands.put(change.after);
  const step = stepOf(change);
  if (step !== null) appendStep(work, step);
  if (room.durable === null) return;
  const payload = statusPayload(change, room.durable.placement.spec.agentId, present(room));
  if (payload === null) return;
  for (const to of room.viewers.keys())
    work.afterCommit.push({ type: 'send', to, message: { type: 'command:status', payload } });
}

/** What of the stream is here; null: there is none. */
export function present({ durable, next }: RoomState): Position | null {
  const epoch = durable?.epoch ?? null;
  return epoch === null ? null : { epoch, sequence: next - 1 };
}

/** Numbers a step and keeps it until history has it. Beyond the bound the oldest goes: stalled history stops no command. */
function appendStep(work: UnitOfWork, event: CommandStep): void {
  const { room } = work;
  if (room.durable === null) return;
  const { outbox, placement } = room.durable;
  const number = outbox.last + 1;
  work.change(room.durable, { outbox: { ...outbox, last: number } }, false);
  const { agentUid } = placement.spec;
  work.commands.append({ ...event, number, agentUid, at: work.now });
  if (room.outbox.length > ROOM_LIMITS.commandEvents) room.outbox.shift();
}

/** The oldest steps that history does not have; at most `most`. */
export const pendingSteps = ({ outbox }: RoomState, most: number): readonly CommandEvent[] =>
  outbox.slice(0, most);

/** Everything up to this number is history's now, or on record as what it would not take; a repeat changes nothing. */
export function handleStepsWritten(
  work: UnitOfWork,
  { upTo, refused = [] }: Extract<RoomEvent, { type: 'steps-written' }>,
): void {
  const { room } = work;
  if (room.durable === null) return;
  const { outbox, placement } = room.durable;
  const { last, taken } = outbox;
  if (upTo <= taken || upTo > last) return;
  work.change(room.durable, { outbox: { last, taken: upTo } }, false);
  for (const { number, why } of refused) {
    const event = room.outbox.find((one) => one.number === number);
    if (event === undefined) continue;
    const details = `step ${number}, ${event.to}: ${why}`;
    auditHistoryRefusal(work, placement.spec, event.commandId, details);
  }
  room.outbox = room.outbox.filter(({ number }) => number > upTo);
}
