import { CLOSE, type Placement, type TeamId } from '@muster/protocol';
import type { HostKeyState } from '../../auth/claims.ts';
import { EMPTY_OUTBOX } from './command-events.ts';
import { FREE_KEYBOARD } from './keyboard.ts';
import { unknownSince } from './past-agent.ts';
import { letGo } from './record.ts';
import { announceStatus, stateMessage } from './summary.ts';
import type { Turn } from './turn.ts';
import { type Durable, type RoomEvent, UNTOLD } from './types.ts';

type Placed = Extract<RoomEvent, { type: 'placed' }>;

/** X4: a call that was overtaken knows less of the host's key. */
const newerOf = (known: HostKeyState, said: HostKeyState) =>
  said.keyRevision > known.keyRevision ? said : known;

/**
 * N1, N2: the lobby says which agent this room is, and which start of it counts. A lower generation changes nothing, nor
 * does a placement that was overtaken by the burial. X4: and how its host's key stands, which the shell closes keepers by.
 */
export function place(turn: Turn, { team, placement, host: said = UNTOLD }: Placed): void {
  const { room } = turn;
  if (room.buried) return;
  if (room.durable === null) {
    room.durable = unborn(team, placement, said, turn.now);
    turn.change(room.durable, {});
    return;
  }
  const { placement: before, host: known } = room.durable;
  if (placement.generation < before.generation) return;
  const host = placement.spec.hostId === before.spec.hostId ? newerOf(known, said) : said;
  const durable = host === known ? room.durable : turn.change(room.durable, { host }, false);
  if (JSON.stringify(placement) === JSON.stringify(before)) return;
  replace(turn, durable, placement);
}

function replace(turn: Turn, durable: Durable, placement: Placement): void {
  const { room } = turn;
  const moved = placement.generation > durable.placement.generation;
  // R3: the lobby takes no word of an older start, so what it was told does not count.
  if (moved) room.toldSummary = '';
  const told = { placement, unknownSince: unknownSince(durable, placement, turn.now) };
  const changed = turn.change(durable, moved ? { ...told, keeperOnline: false } : told);
  if (moved && room.keeper !== null) {
    const { connection } = room.keeper;
    room.keeper = null;
    turn.after.push({ type: 'close', connection, code: CLOSE.superseded, reason: 'placed anew' });
  }
  if (durable.placement.spec.recording === true && placement.spec.recording !== true) letGo(turn);
  // R1: first the whole: behind the status, which has its revision, it would be ignored.
  for (const to of room.viewers.keys())
    turn.after.push({ type: 'send', to, message: stateMessage(room, changed) });
  announceStatus(turn, changed);
}

function unborn(team: TeamId, placement: Placement, host: HostKeyState, now: number): Durable {
  const { spec } = placement;
  return {
    team,
    placement,
    epoch: null,
    past: [],
    revision: 0,
    program: { status: spec.autostart && spec.program !== undefined ? 'starting' : 'stopped' },
    terminal: spec.terminal ?? null,
    lastActivity: now,
    keeperOnline: false,
    keeperAnswers: null,
    keyboard: FREE_KEYBOARD,
    queue: [],
    outbox: EMPTY_OUTBOX,
    commandBucket: null,
    memberBuckets: {},
    createdAt: now,
    unknownSince: now,
    summaryRevision: 0,
    lobbyAcked: 0,
    host,
  };
}
