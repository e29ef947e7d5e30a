import type { Hands, KeyboardReason } from '@muster/protocol';
import { newDraft } from '../../audit/entry.ts';
import { note as putOnRecord } from './audit.ts';
import { given, handsOf, isOf, type StoredKeyboard, shownKeyboard } from './keyboard.ts';
import type { RoomState } from './state.ts';
import type { Turn } from './turn.ts';
import type { Member } from './types.ts';

/** R1: stored, counted, and told to every socket. */
export function move(turn: Turn, keyboard: StoredKeyboard, by: Hands | null, reason: KeyboardReason): void {
  const { room } = turn;
  if (room.durable === null) return;
  const { driver } = room.durable.keyboard;
  const { revision, placement } = turn.change(room.durable, { keyboard });
  noteDriver(turn, driver, keyboard.driver, reason);
  if (keyboard.driver !== null && !isOf(driver, memberOf(keyboard.driver))) room.typedAt = turn.now;
  const { agentId } = placement.spec;
  const payload = { agentId, ...shownKeyboard(keyboard), revision, by, reason };
  for (const to of room.viewers.keys())
    turn.after.push({ type: 'send', to, message: { type: 'driver:changed', payload } });
  turn.watchersChanged = true;
}

/** X8: whose keys reach the program from now on. Two pages of one person are that person. */
function noteDriver(turn: Turn, before: Hands | null, now: Hands | null, reason: KeyboardReason): void {
  const { durable, viewers } = turn.room;
  if (durable === null || now === null || before?.memberId === now.memberId) return;
  const here = [...viewers.values()].find(({ member }) => isOf(now, member))?.member;
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
  putOnRecord(turn, asked, undefined);
}

const memberOf = ({ memberId, clientId }: Hands) => ({ id: memberId, clientId });

/** Bookkeeping that nobody is shown. */
export function note(turn: Turn, part: Partial<StoredKeyboard>): void {
  const { durable } = turn.room;
  if (durable !== null) turn.change(durable, { keyboard: { ...durable.keyboard, ...part } }, false);
}

export const isHere = (room: RoomState, hands: Hands): boolean =>
  [...room.viewers.values()].some(({ member }) => isOf(hands, member));

export function become(turn: Turn, member: Member, by: Member, reason: KeyboardReason): void {
  const { durable } = turn.room;
  if (durable === null) return;
  move(turn, given(durable.keyboard, handsOf(member), turn.now), handsOf(by), reason);
}
