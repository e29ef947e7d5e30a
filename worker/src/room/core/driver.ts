import { allows, type Hands, LIMITS, type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import type { CommandRecord } from './command.ts';
import { askedFor, handsOf, isOf, passedOn, type StoredKeyboard, withdrawn } from './keyboard.ts';
import { ROOM_LIMITS } from './limits.ts';
import { become, isHere, move, note } from './pass-keyboard.ts';
import type { Outcome } from './requests.ts';
import type { RoomState, Viewer } from './state.ts';
import { keeperToAsk, type Turn } from './turn.ts';
import type { Durable, Member } from './types.ts';

/** B9: the messages about who types. */
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

const driving = (value: boolean): Outcome => ({ type: 'done', result: { driving: value } });
const refused = (error: WireError): Outcome => ({ type: 'refused', error });

/** What a key or an answer of a terminal may do: go on to the program, be dropped, or be refused. */
export type Verdict =
  | { readonly type: 'pass' }
  | { readonly type: 'drop' }
  | Extract<Outcome, { error: WireError }>;

/**
 * B9: the driver's keys reach a terminal's program, and nobody else's; where nobody drives, who types becomes it.
 * X6: what a terminal answers by itself counts from the driver only. A single message over REST holds no
 * keyboard: it passes where the keyboard is free or its own member's.
 */
export function takeKeys(turn: Turn, viewer: Viewer, answer: boolean): Verdict {
  const { durable } = turn.room;
  if (durable === null || durable.terminal === null) return { type: 'pass' };
  // Nobody begins to drive by a key that cannot be passed on.
  if (keeperToAsk(turn) === null) return { type: 'pass' };
  const { driver } = durable.keyboard;
  const { member, passing } = viewer;
  if (isOf(driver, member)) {
    if (!answer) typed(turn, durable.keyboard);
    return { type: 'pass' };
  }
  if (answer) return { type: 'drop' };
  if (driver !== null && !(passing && driver.memberId === member.id)) return isDriving(driver, 'data');
  if (driver === null && !passing) become(turn, member, member, 'typed');
  return { type: 'pass' };
}

/** B9: the driver's size counts; while nobody drives, any operator's. */
export function mayResize(durable: Durable, { member }: Viewer): Verdict {
  const { driver } = durable.keyboard;
  return driver === null || isOf(driver, member) ? { type: 'pass' } : isDriving(driver, 'cols');
}

/** B9e: a command's terminal has the size of the client that asked for it; while that is gone, any operator's. */
export function mayResizeCommand(
  room: RoomState,
  { requestedBy, name, clientId }: Pick<CommandRecord, 'requestedBy' | 'name' | 'clientId'>,
  { member, passing }: Viewer,
): Verdict {
  const asker = handsOf({ id: requestedBy, name, clientId });
  const isOwn = isOf(asker, member) || (passing && requestedBy === member.id);
  return isOwn || !isHere(room, asker) ? { type: 'pass' } : isDriving(asker, 'cols');
}

function isDriving({ memberId, name, clientId }: Hands, field: string): Verdict & Outcome {
  const details = { field, driver: memberId, clientId };
  return { type: 'refused', error: wireError('INVALID_STATE', `${field}: ${name} is driving`, details) };
}

function typed(turn: Turn, { asking, typedAt }: StoredKeyboard): void {
  turn.room.typedAt = turn.now;
  if (asking.length > 0 && turn.now - typedAt >= ROOM_LIMITS.typedGrain) note(turn, { typedAt: turn.now });
}

/** They say how it should be, so that a repeat changes nothing (I1). */
export function driverSaid(turn: Turn, durable: Durable, viewer: Viewer, message: DriverMessage): Outcome {
  if (durable.terminal === null)
    return refused(wireError('INVALID_STATE', 'agentId: on pipes every operator may type'));
  if (viewer.passing) return refused(wireError('INVALID_STATE', `${message.type}: needs a socket`));
  switch (message.type) {
    case 'driver:request':
      return request(turn, durable, viewer.member, message.payload.take === true);
    case 'driver:release':
      return release(turn, durable.keyboard, viewer.member);
    case 'driver:grant':
      return grant(turn, durable.keyboard, viewer.member, message.payload);
    case 'driver:decline':
      return decline(turn, durable.keyboard, viewer.member, message.payload);
  }
}

function request(turn: Turn, durable: Durable, member: Member, take: boolean): Outcome {
  const { keyboard } = durable;
  const { driver, asking } = keyboard;
  if (isOf(driver, member)) return driving(true);
  const free = driver === null;
  if (!free && take && member.role !== 'admin' && driver.memberId !== member.id)
    return refused(wireError('INSUFFICIENT_PERMISSIONS', 'take: needs the role admin'));
  const { typedAt } = turn.room;
  const idle = typedAt !== null && turn.now - typedAt >= ROOM_LIMITS.driverIdle;
  if (free || take || idle) {
    become(turn, member, member, free ? 'asked' : take ? 'taken' : 'idle');
    return driving(true);
  }
  if (asking.some((hands) => isOf(hands, member))) return driving(false);
  if (asking.length >= LIMITS.asking)
    return refused(wireError('RESOURCE_EXHAUSTED', `at most ${LIMITS.asking} may ask at a time`));
  if (asking.filter(({ memberId }) => memberId === member.id).length >= LIMITS.askingOfMember)
    return refused(
      wireError('RESOURCE_EXHAUSTED', `at most ${LIMITS.askingOfMember} of your pages may ask at a time`),
    );
  const hands = handsOf(member);
  move(turn, askedFor(keyboard, hands, typedAt ?? turn.now), hands, 'waiting');
  return driving(false);
}

function release(turn: Turn, keyboard: StoredKeyboard, member: Member): Outcome {
  const hands = handsOf(member);
  if (isOf(keyboard.driver, member)) move(turn, passedOn(keyboard, turn.now), hands, 'released');
  else if (keyboard.asking.some((one) => isOf(one, member)))
    move(turn, withdrawn(keyboard, hands), hands, 'waiting');
  return driving(false);
}

/** Who may give it away: its driver, and an admin. */
const mayDecide = ({ driver }: StoredKeyboard, member: Member): boolean =>
  member.role === 'admin' || isOf(driver, member);

function notYours({ driver }: StoredKeyboard): Outcome {
  return driver === null
    ? refused(wireError('INVALID_STATE', 'nobody drives'))
    : refused(wireError('INVALID_STATE', `${driver.name} is driving`, { driver: driver.memberId }));
}

function grant(
  turn: Turn,
  keyboard: StoredKeyboard,
  by: Member,
  to: { readonly memberId?: string | undefined; readonly clientId?: string | undefined },
): Outcome {
  const found = clientNamed(turn.room, keyboard, to);
  if (found === 'several') return refused(SEVERAL);
  if (found === undefined)
    return refused(wireError('INVALID_STATE', 'clientId: is not here', { field: 'clientId' }));
  if (isOf(keyboard.driver, found)) return driving(found === by);
  if (!mayDecide(keyboard, by)) return notYours(keyboard);
  if (!allows(found.role, 'operator'))
    return refused(wireError('INSUFFICIENT_PERMISSIONS', `${found.name} may only watch`));
  become(turn, found, by, 'granted');
  return driving(false);
}

/** The page that is named; of a member's several, the one that asks, else one that watches. */
function clientNamed(
  room: RoomState,
  { asking }: StoredKeyboard,
  { memberId, clientId }: { readonly memberId?: string | undefined; readonly clientId?: string | undefined },
): Member | 'several' | undefined {
  const meant = [...room.viewers.values()].filter(
    ({ member, passing }) =>
      !passing && member.id === (memberId ?? member.id) && member.clientId === (clientId ?? member.clientId),
  );
  // Nobody is taken for somebody else by a name that they chose to be like theirs.
  if (new Set(meant.map(({ member }) => member.id)).size > 1) return 'several';
  const chosen =
    meant.find(({ member }) => asking.some((hands) => isOf(hands, member))) ??
    meant.find(({ subscription }) => subscription !== null) ??
    meant[0];
  return chosen?.member;
}

function decline(
  turn: Turn,
  keyboard: StoredKeyboard,
  by: Member,
  { clientId, memberId }: { readonly clientId: string; readonly memberId?: string | undefined },
): Outcome {
  const [asker, ...others] = keyboard.asking.filter(
    (hands) => hands.clientId === clientId && hands.memberId === (memberId ?? hands.memberId),
  );
  if (asker === undefined) return { type: 'done' };
  if (others.length > 0) return refused(SEVERAL);
  if (!mayDecide(keyboard, by)) return notYours(keyboard);
  move(turn, withdrawn(keyboard, asker), handsOf(by), 'waiting');
  return { type: 'done' };
}
