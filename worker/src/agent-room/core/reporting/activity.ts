import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/**
 * R3a: when the program last printed or was typed to, to within `ROOM_LIMITS.activityGrain`. It is not stored, so that
 * output writes no row, and it moves once in a grain, which bounds how often the lobby gets it.
 */
export const activityOf = ({ activeAt }: Pick<RoomState, 'activeAt'>, durable: Durable): number =>
  Math.max(durable.lastActivity, activeAt);

/** Records output or input. The first after a pause counts at once. */
export function recordActivity(work: UnitOfWork, durable: Durable): void {
  const { room, now } = work;
  if (now - activityOf(room, durable) < ROOM_LIMITS.activityGrain) return;
  room.activeAt = now;
  work.summaryDirty = true;
}
