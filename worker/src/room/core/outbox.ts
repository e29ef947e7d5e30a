import type { CommandEvent } from './command-events.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { RoomState } from './state.ts';
import type { Turn } from './turn.ts';

/** Numbers it and keeps it until it is taken. Beyond the bound the oldest goes: history that stands still stops no command. */
export function noteCommand(turn: Turn, event: Omit<CommandEvent, 'number' | 'agentUid' | 'at'>): void {
  const { room } = turn;
  if (room.durable === null) return;
  const { outbox, placement } = room.durable;
  const number = outbox.last + 1;
  turn.change(room.durable, { outbox: { ...outbox, last: number } }, false);
  const { agentUid } = placement.spec;
  turn.commands.note({ ...event, number, agentUid, at: turn.now });
  if (room.outbox.length > ROOM_LIMITS.commandEvents) room.outbox.shift();
}

/** The oldest that nobody took. */
export const untaken = ({ outbox }: RoomState, most: number): readonly CommandEvent[] =>
  outbox.slice(0, most);

/** Everything up to this number is history's now; a repeat changes nothing. */
export function eventsTaken(turn: Turn, upTo: number): void {
  const { room } = turn;
  if (room.durable === null) return;
  const { last, taken } = room.durable.outbox;
  if (upTo <= taken || upTo > last) return;
  turn.change(room.durable, { outbox: { last, taken: upTo } }, false);
  room.outbox = room.outbox.filter(({ number }) => number > upTo);
}
