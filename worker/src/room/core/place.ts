import { CLOSE, type Placement, type TeamId } from '@muster/protocol';
import { EMPTY_OUTBOX } from './command-events.ts';
import { FREE_KEYBOARD } from './keyboard.ts';
import { unknownSince } from './past-agent.ts';
import { letGo } from './record.ts';
import { announceStatus, stateMessage } from './summary.ts';
import type { Turn } from './turn.ts';
import type { Durable } from './types.ts';

/**
 * N1, N2: the lobby says which agent this room is, and which start of it counts. A lower generation changes nothing, nor
 * does a placement that was overtaken by the burial.
 */
export function place(turn: Turn, team: TeamId, placement: Placement): void {
  const { room } = turn;
  if (room.buried) return;
  const { durable } = room;
  if (durable === null) {
    room.durable = unborn(team, placement, turn.now);
    turn.change(room.durable, {});
    return;
  }
  if (placement.generation < durable.placement.generation) return;
  if (JSON.stringify(placement) === JSON.stringify(durable.placement)) return;
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

function unborn(team: TeamId, placement: Placement, now: number): Durable {
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
    keyboard: FREE_KEYBOARD,
    queue: [],
    outbox: EMPTY_OUTBOX,
    commandBucket: null,
    createdAt: now,
    unknownSince: now,
    summaryRevision: 0,
    lobbyAcked: 0,
  };
}
