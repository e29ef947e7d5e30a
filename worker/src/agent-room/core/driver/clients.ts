import { allows } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { clientOf, type DriverLease, isHeldBy, leaseEndsAt, passToNext, withoutRequest } from './lease.ts';
import { isConnected, transfer, updateLease } from './transfer.ts';

/** A socket came, or renewed its token: a driver that is back keeps the lease, unless its role no longer lets it type. */
export function handleClientConnected(work: UnitOfWork, { member }: Viewer): void {
  const { durable } = work.room;
  if (durable === null) return;
  const { keyboard: lease } = durable;
  if (!allows(member.role, 'operator')) dropClient(work, lease, member);
  else if (lease.leftAt !== null && isHeldBy(lease.driver, member)) updateLease(work, { leftAt: null });
}

function dropClient(work: UnitOfWork, lease: DriverLease, member: Member): void {
  if (isHeldBy(lease.driver, member)) transfer(work, passToNext(lease, work.now), null, 'left');
  else if (lease.asking.some((client) => isHeldBy(client, member)))
    transfer(work, withoutRequest(lease, clientOf(member)), null, 'waiting');
}

/** A socket is gone: its client's request ends now, its lease after `driverGrace`. */
export function handleClientDisconnected(work: UnitOfWork, { member }: Viewer): void {
  const { durable } = work.room;
  if (durable === null) return;
  const { keyboard: lease } = durable;
  const drove = isHeldBy(lease.driver, member);
  if (!drove && !lease.asking.some((client) => isHeldBy(client, member))) return;
  if (isConnected(work.room, clientOf(member))) return;
  if (drove) updateLease(work, { leftAt: work.now });
  else dropClient(work, lease, member);
}

/** At every event: passes the lease on when its time is over. */
export function enforceLease(work: UnitOfWork): void {
  const { room } = work;
  if (room.durable === null || room.durable.keyboard.driver === null) return;
  if (!room.leaseChecked) dropAbsentClients(work);
  const { keyboard: lease } = room.durable;
  const at = leaseDeadline(room);
  if (at === null || at > work.now) return;
  const left = lease.leftAt !== null && lease.leftAt + ROOM_LIMITS.driverGrace <= work.now;
  transfer(work, passToNext(lease, work.now), null, left ? 'left' : 'idle');
}

/** Once per wake: drops clients whose sockets a reset closed without an event. */
function dropAbsentClients(work: UnitOfWork): void {
  const { room } = work;
  room.leaseChecked = true;
  const lease = room.durable?.keyboard;
  if (lease === undefined || lease.driver === null) return;
  const asking = lease.asking.filter((client) => isConnected(room, client));
  if (asking.length < lease.asking.length) transfer(work, { ...lease, asking }, null, 'waiting');
  const here = isConnected(room, lease.driver);
  if (here !== (lease.leftAt === null)) updateLease(work, { leftAt: here ? null : work.now });
}

/** H2: when the lease passes on by itself; null: never. */
export const leaseDeadline = ({ durable, typedAt }: RoomState): number | null =>
  durable === null ? null : leaseEndsAt(durable.keyboard, typedAt ?? 0);
