import type { AgentState, AgentSummary, RoomSummary, ServerMessage } from '@muster/protocol';
import { activityOf } from './activity.ts';
import { shownKeyboard } from './keyboard.ts';
import { ROOM_LIMITS } from './limits.ts';
import { activeCommands, commandsOf } from './show-commands.ts';
import type { RoomState } from './state.ts';
import type { Turn } from './turn.ts';
import type { Durable } from './types.ts';

/** R3: the half of the summary that is the room's word. */
export function summaryOf(room: RoomState, durable: Durable): RoomSummary {
  const { status, pid, exitCode, signal, startedAt, crashes } = durable.program;
  const runningCommands = activeCommands(room);
  return {
    status,
    busy: runningCommands > 0,
    ...(pid === undefined ? {} : { pid }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(crashes === undefined ? {} : { crashes }),
    lastActivity: activityOf(room, durable),
    queueLength: durable.queue.length,
    runningCommands,
    pendingPermissions: 0,
    viewers: room.watching,
    ...(durable.keyboard.driver === null ? {} : { driver: durable.keyboard.driver.memberId }),
  };
}

export function agentSummary(room: RoomState, durable: Durable): AgentSummary {
  const { agentId, agentUid, name, kind, hostId, labels } = durable.placement.spec;
  return {
    agentId,
    agentUid,
    name,
    kind,
    hostId,
    labels,
    connection: durable.keeperOnline ? 'online' : 'offline',
    ...summaryOf(room, durable),
  };
}

/** S6: the state and the place in the stream it belongs to. */
export function agentState(room: RoomState, durable: Durable): AgentState {
  const { spec } = durable.placement;
  const commands = commandsOf(room, durable);
  return {
    agentId: spec.agentId,
    agentUid: spec.agentUid,
    revision: durable.revision,
    asOf: durable.epoch === null ? null : { epoch: durable.epoch, sequence: room.next - 1 },
    agent: agentSummary(room, durable),
    ...(spec.program === undefined ? {} : { program: spec.program }),
    workspace: spec.workspace,
    restart: spec.restart,
    kind: spec.kind,
    terminal: durable.terminal,
    ...(durable.keeperAnswers === null ? {} : { keeperAnswers: durable.keeperAnswers }),
    ...(spec.recording === undefined ? {} : { recording: spec.recording }),
    ...(spec.redaction === undefined ? {} : { redaction: spec.redaction }),
    ...(durable.program.reason === undefined ? {} : { reason: durable.program.reason }),
    ...(durable.terminal === null ? {} : { keyboard: shownKeyboard(durable.keyboard) }),
    ...(commands === null ? {} : { commands }),
  };
}

export function stateMessage(room: RoomState, durable: Durable): ServerMessage {
  return { type: 'agent:state', payload: agentState(room, durable) };
}

function statusMessage(room: RoomState, durable: Durable, now: number): ServerMessage {
  const { status, pid, startedAt, exitCode, signal, reason } = durable.program;
  const agent = agentSummary(room, durable);
  return {
    type: 'agent:status',
    payload: {
      agentId: agent.agentId,
      status,
      connection: agent.connection,
      details: {
        ...(pid === undefined ? {} : { pid }),
        ...(startedAt === undefined ? {} : { uptime: Math.max(0, now - startedAt) }),
        lastActivity: agent.lastActivity,
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(signal === undefined ? {} : { signal }),
        ...(reason === undefined ? {} : { reason }),
      },
      agent,
      revision: durable.revision,
    },
  };
}

/** M7: every socket of the room hears of a change at once. */
export function announceStatus(turn: Turn, durable: Durable): void {
  const message = statusMessage(turn.room, durable, turn.now);
  for (const to of turn.room.viewers.keys()) turn.after.push({ type: 'send', to, message });
}

/**
 * R3: tells the lobby whenever the summary is not what it was told; `durable` changes carry their number with them.
 * What it owes has an alarm, for a reset. Who watches has none, since a reset ends their sockets too, and is told
 * one word at a time: what changes meanwhile goes when the lobby has answered.
 */
export function reportChange(turn: Turn, durableChanged: boolean): void {
  const { room } = turn;
  const { durable } = room;
  if (durable === null) return;
  const summary = summaryOf(room, durable);
  const told = JSON.stringify(summary);
  if (told === room.toldSummary) return;
  const owed = durableChanged || room.toldSummary === '';
  if (!owed && room.reportsUnderWay > 0) return;
  room.toldSummary = told;
  // The clock makes it grow over resets too, when the last one was of presence and so is not stored.
  room.toldRevision = Math.max(room.toldRevision + 1, Math.floor(turn.now) * ROOM_LIMITS.reportsPerMs);
  if (durableChanged) turn.change(durable, { summaryRevision: room.toldRevision }, false);
  if (owed) room.reportAt = nextTry(turn);
  report(turn, summary);
}

function nextTry({ room, now }: Turn): number {
  const wait = ROOM_LIMITS.reportRetry[Math.min(room.reportFailures, ROOM_LIMITS.reportRetry.length - 1)];
  return now + (wait ?? 0);
}

function report({ room, after }: Turn, summary: RoomSummary): void {
  room.reportsUnderWay += 1;
  after.push({ type: 'report', revision: room.toldRevision, summary });
}

/** The lobby has answered with the revision it holds, or could not be reached. */
export function reported(turn: Turn, revision: number | null): void {
  const { room } = turn;
  const { durable, toldRevision } = room;
  if (durable === null) return;
  // None of a room that was reset since.
  room.reportsUnderWay = Math.max(0, room.reportsUnderWay - 1);
  turn.touched = true;
  if (revision === null) {
    room.reportAt ??= nextTry(turn);
    room.reportFailures += 1;
    return oweReport(turn, durable);
  }
  if (revision > toldRevision) return outbid(turn, revision);
  if (revision < toldRevision) {
    if (room.reportsUnderWay > 0) return;
    // Told and not taken, as of an agent that is gone: again, until it is.
    room.reportAt ??= nextTry(turn);
    return oweReport(turn, durable);
  }
  room.reportFailures = 0;
  room.reportAt = null;
  if (durable.summaryRevision > durable.lobbyAcked) turn.change(durable, { lobbyAcked: revision }, false);
}

/** Presence is not stored, but that the lobby does not know of it is: the room may sleep before the next try. */
function oweReport(turn: Turn, durable: Durable): void {
  const { toldRevision } = turn.room;
  if (durable.summaryRevision < toldRevision) turn.change(durable, { summaryRevision: toldRevision }, false);
}

/** The lobby holds a word of an earlier life of this room, told by a clock that went ahead: this one must be higher. */
function outbid(turn: Turn, revision: number): void {
  const { room } = turn;
  room.toldRevision = revision;
  room.toldSummary = '';
}

/** H2: the alarm's turn at a report nobody acked. One that is under way still is only waited for. */
export function retryReport(turn: Turn): void {
  const { room } = turn;
  if (room.durable === null || room.reportAt === null || room.reportAt > turn.now) return;
  room.reportAt = nextTry(turn);
  if (room.reportsUnderWay === 0) report(turn, summaryOf(room, room.durable));
}

/**
 * On waking: what the lobby was told, so that nothing is told twice; a change it never acked is due now. A room
 * with no socket at all may have died with those it had, and what was told of them was not stored: it tells anew.
 */
export function recallReport(turn: Turn): void {
  const { room } = turn;
  const { durable } = room;
  if (durable === null) return;
  const alone = room.viewers.size === 0 && room.keeper === null;
  room.toldSummary = alone ? '' : JSON.stringify(summaryOf(room, durable));
  if (alone) turn.touched = true;
  if (durable.summaryRevision > durable.lobbyAcked) room.reportAt = turn.now;
}
