import type { RoomReport } from '../../rpc.ts';
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
  if (row === undefined || said.generation !== row.generation) return;
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

/** What the room hears back: the revision it need not repeat. Of an agent that is gone, or of another start, its own. */
export function ackedRevision(lobby: Lobby, said: RoomReport): number {
  const known = lobby.live.get(said.agentUid)?.report;
  return known?.generation === said.generation ? known.revision : said.summaryRevision;
}
