import { type MemberClient, type WireError, wireError } from '@muster/protocol';
import type { CommandRecord } from '../commands/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Outcome } from '../requests/index.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { clientOf, type DriverLease, isHeldBy } from './lease.ts';
import { isConnected, makeDriver, updateLease } from './transfer.ts';

/** What a key or an answer of a terminal may do: go on to the program, be dropped, or be refused. */
export type Verdict =
  | { readonly type: 'pass' }
  | { readonly type: 'drop' }
  | Extract<Outcome, { error: WireError }>;

/**
 * B9: only the driver's keys reach a terminal's program; where nobody drives, the first client to type becomes driver.
 * X6: what a terminal answers by itself counts from the driver only. A single message over REST holds no
 * lease: it passes where the lease is free or its own member's.
 */
export function authorizeKeys(work: UnitOfWork, viewer: Viewer, answer: boolean): Verdict {
  const { durable } = work.room;
  if (durable === null || durable.terminal === null) return { type: 'pass' };
  // Nobody begins to drive by a key that cannot be passed on.
  if (reachableKeeper(work) === null) return { type: 'pass' };
  const { driver } = durable.keyboard;
  const { member, socketless } = viewer;
  if (isHeldBy(driver, member)) {
    if (!answer) recordTyping(work, durable.keyboard);
    return { type: 'pass' };
  }
  if (answer) return { type: 'drop' };
  if (driver !== null && !(socketless && driver.memberId === member.id))
    return drivenByAnother(driver, 'data');
  if (driver === null && !socketless) makeDriver(work, member, member, 'typed');
  return { type: 'pass' };
}

/** B9: the driver's size counts; while nobody drives, any operator's. */
export function authorizeResize(durable: Durable, { member }: Viewer): Verdict {
  const { driver } = durable.keyboard;
  return driver === null || isHeldBy(driver, member) ? { type: 'pass' } : drivenByAnother(driver, 'cols');
}

/** B9e: a command's terminal has the size of the client that asked for it; while that is gone, any operator's. */
export function authorizeCommandResize(
  room: RoomState,
  { requestedBy, name, clientId }: Pick<CommandRecord, 'requestedBy' | 'name' | 'clientId'>,
  { member, socketless }: Viewer,
): Verdict {
  const requester = clientOf({ id: requestedBy, name, clientId });
  const isOwn = isHeldBy(requester, member) || (socketless && requestedBy === member.id);
  return isOwn || !isConnected(room, requester) ? { type: 'pass' } : drivenByAnother(requester, 'cols');
}

function drivenByAnother({ memberId, name, clientId }: MemberClient, field: string): Verdict & Outcome {
  const details = { field, driver: memberId, clientId };
  return { type: 'refused', error: wireError('INVALID_STATE', `${name} is driving`, details) };
}

function recordTyping(work: UnitOfWork, { asking, typedAt }: DriverLease): void {
  work.room.typedAt = work.now;
  if (asking.length > 0 && work.now - typedAt >= ROOM_LIMITS.typedGrain)
    updateLease(work, { typedAt: work.now });
}
