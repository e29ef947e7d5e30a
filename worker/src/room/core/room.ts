import { CLOSE } from '@muster/protocol';
import { noted, tellNotes } from './audit.ts';
import { commandsDue, judgeCommands, startNext } from './commands.ts';
import { endCommands } from './end-commands.ts';
import { handsCame, handsLeft, keyboardDue, mindKeyboard } from './hands.ts';
import { keeperLeft, keeperSaid } from './keeper.ts';
import { eventsTaken } from './outbox.ts';
import { agentKnown } from './past-agent.ts';
import { place } from './place.ts';
import { tellPresence } from './presence.ts';
import { recordingDue, sweepRecording } from './record.ts';
import { requestsDue, sweepRequests } from './requests.ts';
import { deadSeats, seatRefusal } from './seats.ts';
import { tellCommands } from './show-commands.ts';
import { newViewer, type RoomState } from './state.ts';
import { settleIfOld, takeBatch } from './stream.ts';
import { recallReport, reportChange, reported, retryReport, stateMessage } from './summary.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { Turn } from './turn.ts';
import type { ConnectionId, Context, Effect, Member, RoomEvent } from './types.ts';
import { viewerSaid, viewerTyped } from './viewer-said.ts';

/**
 * The room's whole behaviour: one event in, effects out, in the order they are to be carried out. It knows
 * no clock, no socket and no SQL; a simulator runs it as it is.
 */
export function handle(room: RoomState, event: RoomEvent, context: Context): Effect[] {
  const turn = new Turn(room, context);
  if (room.toldSummary === null) recallReport(turn);
  const revision = room.durable?.revision;
  settleIfOld(turn);
  mindKeyboard(turn);
  dispatch(turn, event);
  startNext(turn);
  tellCommands(turn);
  tellPresence(turn);
  if (turn.touched) reportChange(turn, room.durable?.revision !== revision);
  tellNotes(turn);
  return turn.effects();
}

function dispatch(turn: Turn, event: RoomEvent): void {
  const { room } = turn;
  const { durable } = room;
  switch (event.type) {
    case 'placed':
      return place(turn, event);
    case 'viewer-joined':
      return join(turn, event);
    case 'seat-wanted':
      return freeSeats(turn, event.member);
    case 'viewer-said': {
      const viewer = room.viewers.get(event.connection);
      if (viewer !== undefined && durable !== null)
        viewerSaid(turn, durable, viewer, event.message, event.id);
      return;
    }
    case 'viewer-typed': {
      const viewer = room.viewers.get(event.connection);
      if (viewer !== undefined && durable !== null) viewerTyped(turn, viewer, event.frame);
      return;
    }
    case 'left':
      leave(turn, event.connection);
      if (room.keeper?.connection === event.connection) keeperLeft(turn);
      return;
    case 'keeper-said':
      return keeperSaid(turn, event.connection, event.message);
    case 'batch':
      // N2: frames of an older socket, in flight when a newer one said hello, are ignored.
      if (room.keeper?.connection !== event.connection || durable === null) return;
      if (event.header.kind === 'snapshot') return takeSnapshot(turn, durable, event.header, event.bytes);
      return takeBatch(turn, durable, event.header, event.bytes);
    case 'reported':
      return reported(turn, event.revision);
    case 'noted':
      return noted(turn, event.held);
    case 'events-taken':
      return eventsTaken(turn, event);
    case 'agent-known':
      return agentKnown(turn, event.agent);
    case 'buried':
      return endCommands(turn);
    case 'alarm':
      sweepRequests(turn);
      judgeCommands(turn);
      sweepRecording(turn);
      return retryReport(turn);
  }
}

function freeSeats(turn: Turn, member: Pick<Member, 'id' | 'role'>): void {
  for (const { connection } of deadSeats(turn, member)) leave(turn, connection);
}

/** A socket whose token was checked; one that joins again has renewed it (M11). */
function join(turn: Turn, event: Extract<RoomEvent, { type: 'viewer-joined' }>): void {
  const { room } = turn;
  const { connection, member } = event;
  const known = room.viewers.get(connection);
  if (known !== undefined) {
    const { role, name } = known.member;
    // X5: who watches is shown with his role.
    if (known.subscription !== null && (role !== member.role || name !== member.name))
      turn.watchersChanged = true;
    known.member = member;
    return handsCame(turn, known);
  }
  if (room.durable === null) {
    turn.after.push({ type: 'close', connection, code: CLOSE.notFound, reason: 'AGENT_NOT_FOUND' });
    return;
  }
  if (event.passing !== true) freeSeats(turn, member);
  if (event.passing !== true && seatRefusal(room, member) !== null) {
    turn.after.push({ type: 'close', connection, code: CLOSE.tryAgainLater, reason: 'RESOURCE_EXHAUSTED' });
    return;
  }
  const { total } = room.ledger;
  const viewer = newViewer({ connection, member, subscription: null }, total, event.passing);
  room.viewers.set(connection, viewer);
  handsCame(turn, viewer);
  turn.after.push({ type: 'send', to: connection, message: stateMessage(room, room.durable) });
}

function leave(turn: Turn, connection: ConnectionId): void {
  const { viewers } = turn.room;
  const viewer = viewers.get(connection);
  if (viewer === undefined) return;
  viewers.delete(connection);
  turn.touched = true;
  if (viewer.subscription !== null) {
    turn.watchersChanged = true;
    turn.room.watching -= 1;
  }
  handsLeft(turn, viewer);
}

/** H2: when the room next has something to do by itself; null: never. */
export function nextDuty(room: RoomState): number | null {
  const duties = [
    requestsDue(room),
    commandsDue(room),
    room.reportAt,
    keyboardDue(room),
    room.presence.dueAt,
    room.audit.retryAt,
    recordingDue(room),
  ];
  const due = duties.filter((at) => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}
