import type { KeyboardReason, MemberClient } from '@muster/protocol';
import { newDraft } from '../../../audit/entry.ts';
import { recordAudit as putOnRecord } from '../audit/index.ts';
import type { RoomState } from '../state.ts';
import type { Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { clientOf, type DriverLease, grantTo, isHeldBy, publicLease } from './lease.ts';

/** R1: stores the lease, counts the change and sends it to every socket. */
export function transfer(
  work: UnitOfWork,
  lease: DriverLease,
  by: MemberClient | null,
  reason: KeyboardReason,
): void {
  const { room } = work;
  if (room.durable === null) return;
  const { driver } = room.durable.keyboard;
  const { revision, placement } = work.change(room.durable, { keyboard: lease });
  auditTransfer(work, driver, lease.driver, reason);
  if (lease.driver !== null && !isHeldBy(driver, memberOf(lease.driver))) room.typedAt = work.now;
  const { agentId } = placement.spec;
  const payload = { agentId, ...publicLease(lease), revision, by, reason };
  for (const to of room.viewers.keys())
    work.afterCommit.push({ type: 'send', to, message: { type: 'driver:changed', payload } });
  work.watchersChanged = true;
}

/** X8: records the new driver. A change between two clients of one member is none. */
function auditTransfer(
  work: UnitOfWork,
  before: MemberClient | null,
  now: MemberClient | null,
  reason: KeyboardReason,
): void {
  const { durable, viewers } = work.room;
  if (durable === null || now === null || before?.memberId === now.memberId) return;
  const here = [...viewers.values()].find(({ member }) => isHeldBy(now, member))?.member;
  const role = here?.role ?? null;
  const { agentId, agentUid } = durable.placement.spec;
  const asked = newDraft(
    { id: now.memberId, name: now.name, role, address: here?.address ?? null },
    {
      action: 'driver:changed',
      agentId,
      agentUid,
      details: reason,
    },
  );
  putOnRecord(work, asked, undefined);
}

const memberOf = ({ memberId, clientId }: MemberClient) => ({ id: memberId, clientId });

/** Changes that clients are not shown. */
export function updateLease(work: UnitOfWork, part: Partial<DriverLease>): void {
  const { durable } = work.room;
  if (durable !== null) work.change(durable, { keyboard: { ...durable.keyboard, ...part } }, false);
}

export const isConnected = (room: RoomState, client: MemberClient): boolean =>
  [...room.viewers.values()].some(({ member }) => isHeldBy(client, member));

export function makeDriver(work: UnitOfWork, member: Member, by: Member, reason: KeyboardReason): void {
  const { durable } = work.room;
  if (durable === null) return;
  transfer(work, grantTo(durable.keyboard, clientOf(member), work.now), clientOf(by), reason);
}
