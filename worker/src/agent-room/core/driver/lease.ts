import { type ClientId, type Hands, type Keyboard, KeyboardSchema, type MemberId } from '@muster/protocol';
import * as z from 'zod';
import { ROOM_LIMITS } from '../limits.ts';

/** B9: the keyboard as it is stored. Times: ms since 1970. */
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

export const holderOf = ({ id, name, clientId }: Client): Hands => ({
  memberId: id,
  name,
  clientId,
});

export const isHeldBy = (hands: Hands | null, { id, clientId }: Pick<Client, 'id' | 'clientId'>): boolean =>
  hands !== null && hands.clientId === clientId && hands.memberId === id;

const without = (asking: readonly Hands[], hands: Hands): Hands[] =>
  asking.filter(({ memberId, clientId }) => memberId !== hands.memberId || clientId !== hands.clientId);

export function grantTo(keyboard: DriverLease, driver: Hands, now: number): DriverLease {
  return { driver, asking: without(keyboard.asking, driver), typedAt: now, leftAt: null };
}

/** Whoever has asked longest has it then, or nobody. */
export function passToNext(keyboard: DriverLease, now: number): DriverLease {
  const [next] = keyboard.asking;
  return next === undefined ? FREE_LEASE : grantTo(keyboard, next, now);
}

/** `typedAt`: when the driver last typed, as far as the room knows. */
export function withRequest(keyboard: DriverLease, hands: Hands, typedAt: number): DriverLease {
  return { ...keyboard, asking: [...without(keyboard.asking, hands), hands], typedAt };
}

export function withoutRequest(keyboard: DriverLease, hands: Hands): DriverLease {
  return { ...keyboard, asking: without(keyboard.asking, hands) };
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

/** What everybody is shown of it. */
export const publicLease = ({ driver, asking }: DriverLease): Keyboard => ({ driver, asking });
