import type { AgentUid } from '@muster/protocol';
import type { RoomReport } from '../../../rpc.ts';
import { deleteRoom } from '../agents/index.ts';
import { broadcastRequests, changedRequests } from '../inbox/index.ts';
import { noticeReport, noticeRequests } from '../push/index.ts';
import { commit, liveOf } from '../state.ts';
import { agentStatus } from '../summaries.ts';
import type { AgentRow, LiveRow, Lobby, UnitOfWork } from '../types.ts';

type ReportVersion = Pick<RoomReport, 'generation' | 'summaryRevision'>;

const isNewer = (report: ReportVersion, known: ReportVersion) =>
  report.generation > known.generation ||
  (report.generation === known.generation && report.summaryRevision > known.summaryRevision);

/** The version of a room's newest report, whether or not it was applied yet. */
function newestVersion(lobby: Lobby, { agentUid, report }: LiveRow): ReportVersion | null {
  const waiting = lobby.pendingPresence.get(agentUid);
  if (waiting !== undefined || report === null) return waiting ?? null;
  return { generation: report.generation, summaryRevision: report.revision };
}

/** True when the summary changes nothing but the number of viewers and the last activity. */
function isPresenceOnly({ report }: LiveRow, { generation, summary, turns = [] }: RoomReport): boolean {
  if (report?.generation !== generation) return false;
  const { viewers, lastActivity } = summary;
  if (JSON.stringify(report.turns ?? []) !== JSON.stringify(turns)) return false;
  const known = { ...report.summary, viewers, lastActivity };
  return JSON.stringify(known) === JSON.stringify({ ...summary, viewers, lastActivity });
}

/** R3: applies a room's report, unless a newer one is known. */
export function handleReport(lobby: Lobby, work: UnitOfWork, report: RoomReport): void {
  const { agentUid } = report;
  const row = lobby.agents.get(agentUid);
  if (row === undefined) return deleteAgain(lobby, work, agentUid);
  if (report.generation !== row.generation) return;
  const live = liveOf(lobby, agentUid);
  const newest = newestVersion(lobby, live);
  if (newest !== null && !isNewer(report, newest)) return;
  const requests = changedRequests(lobby, row, report.requests ?? []);
  if (requests === null && isPresenceOnly(live, report)) {
    lobby.pendingPresence.set(agentUid, report);
    return;
  }
  lobby.pendingPresence.delete(agentUid);
  applyReport(lobby, work, row, report);
  const changes = requests === null ? null : broadcastRequests(lobby, work, row, requests);
  const changed = requests === null ? {} : { requests: [requests] };
  commit(lobby, { live: [liveOf(lobby, agentUid)], ...changed }, work);
  if (changes !== null) noticeRequests(lobby, work, row, changes.opened, changes.over, report.resolved);
  noticeReport(lobby, work, row, live.report, report);
}

/**
 * R3: viewers who join or leave a thousand rooms at once cost one transaction, and one broadcast a room. It
 * is stored because a lobby that wakes must know the viewer counts without waking every room.
 */
export function flushPresence(lobby: Lobby, work: UnitOfWork): void {
  const live: LiveRow[] = [];
  for (const [agentUid, report] of lobby.pendingPresence) {
    const row = lobby.agents.get(agentUid);
    if (row?.generation !== report.generation) continue;
    applyReport(lobby, work, row, report);
    live.push(liveOf(lobby, agentUid));
  }
  lobby.pendingPresence.clear();
  if (live.length > 0) commit(lobby, { live }, work);
}

/**
 * Broadcasts before it stores: the output gate would hold the broadcast until the write is durable (M7:
 * within 100 ms).
 */
function applyReport(lobby: Lobby, work: UnitOfWork, row: AgentRow, report: RoomReport): void {
  const { agentUid, generation, summaryRevision: revision, summary } = report;
  const live = liveOf(lobby, agentUid);
  // R3a: a room that slept has forgotten the activity that it reported.
  const lastActivity = Math.max(summary.lastActivity, live.report?.summary.lastActivity ?? 0);
  lobby.live.set(agentUid, {
    ...live,
    report: {
      ...{ generation, revision, summary: { ...summary, lastActivity } },
      ...(report.turns === undefined ? {} : { turns: [...report.turns] }),
    },
  });
  if (row.pending === null) work.out.push({ type: 'broadcast', message: agentStatus(lobby, row, work.now) });
}

/**
 * N1: a placement that was in flight when its agent was deleted may arrive after the deletion and recreate
 * the room. The room's report reveals it.
 */
function deleteAgain(lobby: Lobby, work: UnitOfWork, agentUid: AgentUid): void {
  if (lobby.roomCalls.has(agentUid)) return;
  commit(lobby, { deletions: [agentUid] }, work);
  deleteRoom(lobby, work, agentUid);
}

/**
 * The revision that the room need not report again. A report of another generation is acked with its own
 * revision. A report of a deleted agent is acked with 0, so the room repeats it until it is deleted. There is
 * no ack while the report is in `pendingPresence`.
 */
export function ackedRevision(lobby: Lobby, report: RoomReport): number {
  if (!lobby.agents.has(report.agentUid)) return 0;
  const known = lobby.live.get(report.agentUid)?.report;
  return known?.generation === report.generation ? known.revision : report.summaryRevision;
}
