import { allows } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type DriverLease, holderOf, isHeldBy, leaseEndsAt, passToNext, withoutRequest } from './lease.ts';
import { isConnected, transfer, updateLease } from './transfer.ts';

/** A socket came, or renewed its token: a driver that is back keeps the keyboard, one that may no longer type does not. */
export function handleClientConnected(work: UnitOfWork, { member }: Viewer): void {
  const { durable } = work.room;
  if (durable === null) return;
  const { keyboard } = durable;
  if (!allows(member.role, 'operator')) dropClient(work, keyboard, member);
  else if (keyboard.leftAt !== null && isHeldBy(keyboard.driver, member)) updateLease(work, { leftAt: null });
}

function dropClient(work: UnitOfWork, keyboard: DriverLease, member: Member): void {
  if (isHeldBy(keyboard.driver, member)) transfer(work, passToNext(keyboard, work.now), null, 'left');
  else if (keyboard.asking.some((hands) => isHeldBy(hands, member)))
    transfer(work, withoutRequest(keyboard, holderOf(member)), null, 'waiting');
}

/** A socket is gone: its client's request with it, and the keyboard unless it is back in time. */
export function handleClientDisconnected(work: UnitOfWork, { member }: Viewer): void {
  const { durable } = work.room;
  if (durable === null) return;
  const { keyboard } = durable;
  const drove = isHeldBy(keyboard.driver, member);
  if (!drove && !keyboard.asking.some((hands) => isHeldBy(hands, member))) return;
  if (isConnected(work.room, holderOf(member))) return;
  if (drove) updateLease(work, { leftAt: work.now });
  else dropClient(work, keyboard, member);
}

/** At every event: what time has decided about the keyboard. */
export function enforceLease(work: UnitOfWork): void {
  const { room } = work;
  if (room.durable === null || room.durable.keyboard.driver === null) return;
  if (!room.leaseChecked) dropAbsentClients(work);
  const { keyboard } = room.durable;
  const at = leaseDeadline(room);
  if (at === null || at > work.now) return;
  const left = keyboard.leftAt !== null && keyboard.leftAt + ROOM_LIMITS.driverGrace <= work.now;
  transfer(work, passToNext(keyboard, work.now), null, left ? 'left' : 'idle');
}

/** Once a waking: sockets that a reset dropped left without a word. */
function dropAbsentClients(work: UnitOfWork): void {
  const { room } = work;
  room.leaseChecked = true;
  const keyboard = room.durable?.keyboard;
  if (keyboard === undefined || keyboard.driver === null) return;
  const asking = keyboard.asking.filter((hands) => isConnected(room, hands));
  if (asking.length < keyboard.asking.length) transfer(work, { ...keyboard, asking }, null, 'waiting');
  const here = isConnected(room, keyboard.driver);
  if (here !== (keyboard.leftAt === null)) updateLease(work, { leftAt: here ? null : work.now });
}

/** H2: when the keyboard passes on by itself; null: never. */
export const leaseDeadline = ({ durable, typedAt }: RoomState): number | null =>
  durable === null ? null : leaseEndsAt(durable.keyboard, typedAt ?? 0);
