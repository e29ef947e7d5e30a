import {
  type ClientId,
  type Keyboard,
  KeyboardSchema,
  type MemberClient,
  type MemberId,
} from '@muster/protocol';
import * as z from 'zod';
import { ROOM_LIMITS } from '../limits.ts';

/** B9: the driver lease as it is stored: who types, and who asks to. Times: ms since 1970. */
export const DriverLeaseSchema = KeyboardSchema.extend({
  /** When the driver last typed or became it; kept up while somebody asks, and otherwise old. */
  typedAt: z.number(),
  /** When its last socket went; null while it has one. */
  leftAt: z.number().nullable(),
});
export type DriverLease = z.infer<typeof DriverLeaseSchema>;

export const FREE_LEASE: DriverLease = { driver: null, asking: [], typedAt: 0, leftAt: null };

/** The client that a socket is of. */
interface Client {
  readonly id: MemberId;
  readonly name: string;
  readonly clientId: ClientId;
}

export const clientOf = ({ id, name, clientId }: Client): MemberClient => ({
  memberId: id,
  name,
  clientId,
});

export const isHeldBy = (
  client: MemberClient | null,
  { id, clientId }: Pick<Client, 'id' | 'clientId'>,
): boolean => client !== null && client.clientId === clientId && client.memberId === id;

const without = (asking: readonly MemberClient[], client: MemberClient): MemberClient[] =>
  asking.filter(({ memberId, clientId }) => memberId !== client.memberId || clientId !== client.clientId);

export function grantTo(lease: DriverLease, driver: MemberClient, now: number): DriverLease {
  return { driver, asking: without(lease.asking, driver), typedAt: now, leftAt: null };
}

/** To the client that has asked longest, or to nobody. */
export function passToNext(lease: DriverLease, now: number): DriverLease {
  const [next] = lease.asking;
  return next === undefined ? FREE_LEASE : grantTo(lease, next, now);
}

/** `typedAt`: when the driver last typed, as far as the room knows. */
export function withRequest(lease: DriverLease, client: MemberClient, typedAt: number): DriverLease {
  return { ...lease, asking: [...without(lease.asking, client), client], typedAt };
}

export function withoutRequest(lease: DriverLease, client: MemberClient): DriverLease {
  return { ...lease, asking: without(lease.asking, client) };
}

/** When it passes on by itself, ms: its driver does not come back, or is idle while somebody asks; null: never. */
export function leaseEndsAt({ driver, asking, typedAt, leftAt }: DriverLease, typed: number): number | null {
  if (driver === null) return null;
  const gone = leftAt === null ? Number.POSITIVE_INFINITY : leftAt + ROOM_LIMITS.driverGrace;
  const idle =
    asking.length === 0 ? Number.POSITIVE_INFINITY : Math.max(typedAt, typed) + ROOM_LIMITS.driverIdle;
  const at = Math.min(gone, idle);
  return at === Number.POSITIVE_INFINITY ? null : at;
}

/** The part that clients are shown. */
export const publicLease = ({ driver, asking }: DriverLease): Keyboard => ({ driver, asking });
