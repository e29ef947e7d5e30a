import { allows, LIMITS, type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { Outcome } from '../requests/index.ts';
import type { RoomState, Viewer } from '../state.ts';
import type { Durable, Member } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { clientOf, type DriverLease, isHeldBy, passToNext, withoutRequest, withRequest } from './lease.ts';
import { makeDriver, transfer } from './transfer.ts';

/** B9: the messages about the driver lease. */
export type DriverMessage = Extract<
  ViewerMessage,
  { type: 'driver:request' | 'driver:release' | 'driver:grant' | 'driver:decline' }
>;

const SEVERAL = wireError(
  'INVALID_STATE',
  'clientId: pages of several members are called so; name the memberId',
  {
    field: 'memberId',
  },
);

const drivingResult = (value: boolean): Outcome => ({ type: 'done', result: { driving: value } });
const refused = (error: WireError): Outcome => ({ type: 'refused', error });

/** Each message names the wanted state, so that a repeat changes nothing (I1). */
export function handleDriverMessage(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: DriverMessage,
): Outcome {
  if (durable.terminal === null)
    return refused(
      wireError(
        'INVALID_STATE',
        'This agent has no terminal, so there is no keyboard to ask for: every operator may type',
      ),
    );
  if (viewer.socketless)
    return refused(wireError('INVALID_STATE', `The message ${message.type} needs a socket`));
  switch (message.type) {
    case 'driver:request':
      return request(work, durable, viewer.member, message.payload.take === true);
    case 'driver:release':
      return release(work, durable.keyboard, viewer.member);
    case 'driver:grant':
      return grant(work, durable.keyboard, viewer.member, message.payload);
    case 'driver:decline':
      return decline(work, durable.keyboard, viewer.member, message.payload);
  }
}

function request(work: UnitOfWork, durable: Durable, member: Member, take: boolean): Outcome {
  const { keyboard: lease } = durable;
  const { driver, asking } = lease;
  if (isHeldBy(driver, member)) return drivingResult(true);
  const free = driver === null;
  if (!free && take && member.role !== 'admin' && driver.memberId !== member.id)
    return refused(wireError('INSUFFICIENT_PERMISSIONS', 'Only an admin can take the keyboard'));
  const { typedAt } = work.room;
  const idle = typedAt !== null && work.now - typedAt >= ROOM_LIMITS.driverIdle;
  if (free || take || idle) {
    makeDriver(work, member, member, free ? 'asked' : take ? 'taken' : 'idle');
    return drivingResult(true);
  }
  if (asking.some((client) => isHeldBy(client, member))) return drivingResult(false);
  if (asking.length >= LIMITS.asking)
    return refused(wireError('RESOURCE_EXHAUSTED', `at most ${LIMITS.asking} may ask at a time`));
  if (asking.filter(({ memberId }) => memberId === member.id).length >= LIMITS.askingOfMember)
    return refused(
      wireError('RESOURCE_EXHAUSTED', `at most ${LIMITS.askingOfMember} of your pages may ask at a time`),
    );
  const client = clientOf(member);
  transfer(work, withRequest(lease, client, typedAt ?? work.now), client, 'waiting');
  return drivingResult(false);
}

function release(work: UnitOfWork, lease: DriverLease, member: Member): Outcome {
  const client = clientOf(member);
  if (isHeldBy(lease.driver, member)) transfer(work, passToNext(lease, work.now), client, 'released');
  else if (lease.asking.some((one) => isHeldBy(one, member)))
    transfer(work, withoutRequest(lease, client), client, 'waiting');
  return drivingResult(false);
}

/** The driver and admins may give the lease away. */
const mayDecide = ({ driver }: DriverLease, member: Member): boolean =>
  member.role === 'admin' || isHeldBy(driver, member);

function notDriver({ driver }: DriverLease): Outcome {
  return driver === null
    ? refused(wireError('INVALID_STATE', 'nobody drives'))
    : refused(wireError('INVALID_STATE', `${driver.name} is driving`, { driver: driver.memberId }));
}

function grant(
  work: UnitOfWork,
  lease: DriverLease,
  by: Member,
  to: { readonly memberId?: string | undefined; readonly clientId?: string | undefined },
): Outcome {
  const found = clientNamed(work.room, lease, to);
  if (found === 'several') return refused(SEVERAL);
  if (found === undefined)
    return refused(wireError('INVALID_STATE', 'This client is not here', { field: 'clientId' }));
  if (isHeldBy(lease.driver, found)) return drivingResult(found === by);
  if (!mayDecide(lease, by)) return notDriver(lease);
  if (!allows(found.role, 'operator'))
    return refused(wireError('INSUFFICIENT_PERMISSIONS', `${found.name} may only watch`));
  makeDriver(work, found, by, 'granted');
  return drivingResult(false);
}

/** The page that is named; of a member's several, the one that asks, else one that watches. */
function clientNamed(
  room: RoomState,
  { asking }: DriverLease,
  { memberId, clientId }: { readonly memberId?: string | undefined; readonly clientId?: string | undefined },
): Member | 'several' | undefined {
  const meant = [...room.viewers.values()].filter(
    ({ member, socketless }) =>
      !socketless &&
      member.id === (memberId ?? member.id) &&
      member.clientId === (clientId ?? member.clientId),
  );
  // Nobody is taken for somebody else by a name that they chose to be like theirs.
  if (new Set(meant.map(({ member }) => member.id)).size > 1) return 'several';
  const chosen =
    meant.find(({ member }) => asking.some((client) => isHeldBy(client, member))) ??
    meant.find(({ subscription }) => subscription !== null) ??
    meant[0];
  return chosen?.member;
}

function decline(
  work: UnitOfWork,
  lease: DriverLease,
  by: Member,
  { clientId, memberId }: { readonly clientId: string; readonly memberId?: string | undefined },
): Outcome {
  const [requester, ...others] = lease.asking.filter(
    (client) => client.clientId === clientId && client.memberId === (memberId ?? client.memberId),
  );
  if (requester === undefined) return { type: 'done' };
  if (others.length > 0) return refused(SEVERAL);
  if (!mayDecide(lease, by)) return notDriver(lease);
  transfer(work, withoutRequest(lease, requester), clientOf(by), 'waiting');
  return { type: 'done' };
}
