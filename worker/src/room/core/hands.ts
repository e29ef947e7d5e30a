import { allows } from '@muster/protocol';
import { handsOf, isOf, passedOn, passesAt, type StoredKeyboard, withdrawn } from './keyboard.ts';
import { ROOM_LIMITS } from './limits.ts';
import { isHere, move, note } from './pass-keyboard.ts';
import type { RoomState, Viewer } from './state.ts';
import type { Turn } from './turn.ts';
import type { Member } from './types.ts';

/** A socket came, or renewed its token: a driver that is back keeps the keyboard, one that may no longer type does not. */
export function handsCame(turn: Turn, { member }: Viewer): void {
  const { durable } = turn.room;
  if (durable === null) return;
  const { keyboard } = durable;
  if (!allows(member.role, 'operator')) handsGone(turn, keyboard, member);
  else if (keyboard.leftAt !== null && isOf(keyboard.driver, member)) note(turn, { leftAt: null });
}

function handsGone(turn: Turn, keyboard: StoredKeyboard, member: Member): void {
  if (isOf(keyboard.driver, member)) move(turn, passedOn(keyboard, turn.now), null, 'left');
  else if (keyboard.asking.some((hands) => isOf(hands, member)))
    move(turn, withdrawn(keyboard, handsOf(member)), null, 'waiting');
}

/** A socket is gone: its client's request with it, and the keyboard unless it is back in time. */
export function handsLeft(turn: Turn, { member }: Viewer): void {
  const { durable } = turn.room;
  if (durable === null) return;
  const { keyboard } = durable;
  const drove = isOf(keyboard.driver, member);
  if (!drove && !keyboard.asking.some((hands) => isOf(hands, member))) return;
  if (isHere(turn.room, handsOf(member))) return;
  if (drove) note(turn, { leftAt: turn.now });
  else handsGone(turn, keyboard, member);
}

/** At every event: what time has decided about the keyboard. */
export function mindKeyboard(turn: Turn): void {
  const { room } = turn;
  if (room.durable === null || room.durable.keyboard.driver === null) return;
  if (!room.lookedForHands) lookForHands(turn);
  const { keyboard } = room.durable;
  const at = keyboardDue(room);
  if (at === null || at > turn.now) return;
  const left = keyboard.leftAt !== null && keyboard.leftAt + ROOM_LIMITS.driverGrace <= turn.now;
  move(turn, passedOn(keyboard, turn.now), null, left ? 'left' : 'idle');
}

/** Once a waking: sockets that a reset dropped left without a word. */
function lookForHands(turn: Turn): void {
  const { room } = turn;
  room.lookedForHands = true;
  const keyboard = room.durable?.keyboard;
  if (keyboard === undefined || keyboard.driver === null) return;
  const asking = keyboard.asking.filter((hands) => isHere(room, hands));
  if (asking.length < keyboard.asking.length) move(turn, { ...keyboard, asking }, null, 'waiting');
  const here = isHere(room, keyboard.driver);
  if (here !== (keyboard.leftAt === null)) note(turn, { leftAt: here ? null : turn.now });
}

/** H2: when the keyboard passes on by itself; null: never. */
export const keyboardDue = ({ durable, typedAt }: RoomState): number | null =>
  durable === null ? null : passesAt(durable.keyboard, typedAt ?? 0);
