import { type ClientId, type Hands, type Keyboard, KeyboardSchema, type MemberId } from '@muster/protocol';
import * as z from 'zod';
import { ROOM_LIMITS } from './limits.ts';

/** B9: the keyboard as it is stored. Times: ms since 1970. */
export const StoredKeyboardSchema = KeyboardSchema.extend({
  /** When the driver last typed or became it; kept up while somebody asks, and otherwise old. */
  typedAt: z.number(),
  /** When its last socket went; null while it has one. */
  leftAt: z.number().nullable(),
});
export type StoredKeyboard = z.infer<typeof StoredKeyboardSchema>;

export const FREE_KEYBOARD: StoredKeyboard = { driver: null, asking: [], typedAt: 0, leftAt: null };

/** The client that a socket is of. */
interface Client {
  readonly id: MemberId;
  readonly name: string;
  readonly clientId: ClientId;
}

export const handsOf = ({ id, name, clientId }: Client): Hands => ({
  memberId: id,
  name,
  clientId,
});

export const isOf = (hands: Hands | null, { id, clientId }: Pick<Client, 'id' | 'clientId'>): boolean =>
  hands !== null && hands.clientId === clientId && hands.memberId === id;

const without = (asking: readonly Hands[], hands: Hands): Hands[] =>
  asking.filter(({ memberId, clientId }) => memberId !== hands.memberId || clientId !== hands.clientId);

export function given(keyboard: StoredKeyboard, driver: Hands, now: number): StoredKeyboard {
  return { driver, asking: without(keyboard.asking, driver), typedAt: now, leftAt: null };
}

/** Whoever has asked longest has it then, or nobody. */
export function passedOn(keyboard: StoredKeyboard, now: number): StoredKeyboard {
  const [next] = keyboard.asking;
  return next === undefined ? FREE_KEYBOARD : given(keyboard, next, now);
}

/** `typedAt`: when the driver last typed, as far as the room knows. */
export function askedFor(keyboard: StoredKeyboard, hands: Hands, typedAt: number): StoredKeyboard {
  return { ...keyboard, asking: [...without(keyboard.asking, hands), hands], typedAt };
}

export function withdrawn(keyboard: StoredKeyboard, hands: Hands): StoredKeyboard {
  return { ...keyboard, asking: without(keyboard.asking, hands) };
}

/** When it passes on by itself, ms: its driver does not come back, or is idle while somebody asks; null: never. */
export function passesAt({ driver, asking, typedAt, leftAt }: StoredKeyboard, typed: number): number | null {
  if (driver === null) return null;
  const gone = leftAt === null ? Number.POSITIVE_INFINITY : leftAt + ROOM_LIMITS.driverGrace;
  const idle =
    asking.length === 0 ? Number.POSITIVE_INFINITY : Math.max(typedAt, typed) + ROOM_LIMITS.driverIdle;
  const at = Math.min(gone, idle);
  return at === Number.POSITIVE_INFINITY ? null : at;
}

/** What everybody is shown of it. */
export const shownKeyboard = ({ driver, asking }: StoredKeyboard): Keyboard => ({ driver, asking });
