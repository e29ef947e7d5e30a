import type { AgentUid } from '@muster/protocol';
import type { RoomReport } from '../../../rpc.ts';
import { deleteRoom } from '../agents/index.ts';
import { commit, liveOf } from '../state.ts';
import { agentStatus } from '../summaries.ts';
import type { AgentRow, Context, LiveRow, Lobby } from '../types.ts';

type ReportVersion = Pick<RoomReport, 'generation' | 'summaryRevision'>;

const isNewer = (report: ReportVersion, known: ReportVersion) =>
  report.generation > known.generation ||
  (report.generation === known.generation && report.summaryRevision > known.summaryRevision);

/** The newest word of a room, told or not. */
function newestVersion(lobby: Lobby, { agentUid, report }: LiveRow): ReportVersion | null {
  const waiting = lobby.pendingPresence.get(agentUid);
  if (waiting !== undefined || report === null) return waiting ?? null;
  return { generation: report.generation, summaryRevision: report.revision };
}

/** Whether nothing but who watches, and when it last did something, is another than what is known. */
function isPresenceOnly({ report }: LiveRow, { generation, summary }: RoomReport): boolean {
  if (report?.generation !== generation) return false;
  const { viewers, lastActivity } = summary;
  const known = { ...report.summary, viewers, lastActivity };
  return JSON.stringify(known) === JSON.stringify({ ...summary, viewers, lastActivity });
}

/** R3: a room's word, unless a newer one of it is known already. */
export function handleReport(lobby: Lobby, context: Context, report: RoomReport): void {
  const { agentUid } = report;
  const row = lobby.agents.get(agentUid);
  if (row === undefined) return deleteAgain(lobby, context, agentUid);
  if (report.generation !== row.generation) return;
  const live = liveOf(lobby, agentUid);
  const newest = newestVersion(lobby, live);
  if (newest !== null && !isNewer(report, newest)) return;
  if (isPresenceOnly(live, report)) {
    lobby.pendingPresence.set(agentUid, report);
    return;
  }
  lobby.pendingPresence.delete(agentUid);
  applyReport(lobby, context, row, report);
  commit(lobby, { live: [liveOf(lobby, agentUid)] }, context);
}

/**
 * R3: a crowd that comes or goes in a thousand rooms is one transaction, and in one room one word. Stored, because
 * a lobby that wakes must know who watches without waking every room.
 */
export function flushPresence(lobby: Lobby, context: Context): void {
  const live: LiveRow[] = [];
  for (const [agentUid, report] of lobby.pendingPresence) {
    const row = lobby.agents.get(agentUid);
    if (row?.generation !== report.generation) continue;
    applyReport(lobby, context, row, report);
    live.push(liveOf(lobby, agentUid));
  }
  lobby.pendingPresence.clear();
  if (live.length > 0) commit(lobby, { live }, context);
}

/** Told before it is stored: the output gate would hold it for the write (M7: within 100 ms). */
function applyReport(lobby: Lobby, context: Context, row: AgentRow, report: RoomReport): void {
  const { agentUid, generation, summaryRevision: revision, summary } = report;
  const live = liveOf(lobby, agentUid);
  // R3a: a room that slept has forgotten what it told of output.
  const lastActivity = Math.max(summary.lastActivity, live.report?.summary.lastActivity ?? 0);
  lobby.live.set(agentUid, {
    ...live,
    report: { generation, revision, summary: { ...summary, lastActivity } },
  });
  if (row.pending === null)
    context.out.push({ type: 'broadcast', message: agentStatus(lobby, row, context.now) });
}

/** N1: a placement that was under way when its agent was deleted may arrive behind the burial: the room says so itself. */
function deleteAgain(lobby: Lobby, context: Context, agentUid: AgentUid): void {
  if (lobby.roomCalls.has(agentUid)) return;
  commit(lobby, { deletions: [agentUid] }, context);
  deleteRoom(lobby, context, agentUid);
}

/**
 * What the room hears back: the revision it need not repeat. Of another start, its own. Of an agent that is gone,
 * none: it tells again until it is buried. While `counts` has its word there is no answer.
 */
export function ackedRevision(lobby: Lobby, report: RoomReport): number {
  if (!lobby.agents.has(report.agentUid)) return 0;
  const known = lobby.live.get(report.agentUid)?.report;
  return known?.generation === report.generation ? known.revision : report.summaryRevision;
}
