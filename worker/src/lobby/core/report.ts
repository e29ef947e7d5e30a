import type { AgentUid } from '@muster/protocol';
import type { RoomReport } from '../../rpc.ts';
import { buryRoom } from './errands.ts';
import { commit, liveOf } from './state.ts';
import { agentStatus } from './summaries.ts';
import type { Context, LiveRow, Lobby } from './types.ts';

function isNewer(live: LiveRow, { generation, summaryRevision }: RoomReport): boolean {
  if (live.report === null || generation > live.report.generation) return true;
  return generation === live.report.generation && summaryRevision > live.report.revision;
}

/** R3: a room's word, unless a newer one of it is known already. */
export function report(lobby: Lobby, context: Context, said: RoomReport): void {
  const row = lobby.agents.get(said.agentUid);
  if (row === undefined) return buryAgain(lobby, context, said.agentUid);
  if (said.generation !== row.generation) return;
  const live = liveOf(lobby, said.agentUid);
  if (!isNewer(live, said)) return;
  const { generation, summaryRevision: revision, summary } = said;
  const next = { ...live, report: { generation, revision, summary } };
  lobby.live.set(said.agentUid, next);
  // Told before it is stored: the output gate would hold it for the write (M7: within 100 ms).
  if (row.pending === null)
    context.out.push({ type: 'broadcast', message: agentStatus(lobby, row, context.now) });
  commit(lobby, { live: [next] }, context);
}

/** N1: a placement that was under way when its agent was deleted may arrive behind the burial: the room says so itself. */
function buryAgain(lobby: Lobby, context: Context, agentUid: AgentUid): void {
  if (lobby.errands.has(agentUid)) return;
  commit(lobby, { burials: [agentUid] }, context);
  buryRoom(lobby, context, agentUid);
}

/**
 * What the room hears back: the revision it need not repeat. Of another start, its own. Of an agent that is gone,
 * none: it tells again until it is buried.
 */
export function ackedRevision(lobby: Lobby, said: RoomReport): number {
  if (!lobby.agents.has(said.agentUid)) return 0;
  const known = lobby.live.get(said.agentUid)?.report;
  return known?.generation === said.generation ? known.revision : said.summaryRevision;
}
