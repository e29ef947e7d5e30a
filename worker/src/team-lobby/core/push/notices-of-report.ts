import type { RequestHead, RoomSummary } from '@muster/protocol';
import type { RoomReport } from '../../../rpc.ts';
import type { AgentRow, LiveRow, Lobby, UnitOfWork } from '../types.ts';
import { PUSH } from './limits.ts';
import type { Notice, NoticeAgent } from './types.ts';

const agentOf = (lobby: Lobby, { spec }: AgentRow): NoticeAgent => ({
  ...{ agentId: spec.agentId, agentUid: spec.agentUid, name: spec.name, labels: spec.labels },
  host: lobby.hosts.get(spec.hostId)?.name ?? null,
});

const push = (work: UnitOfWork, notice: Notice): void => void work.out.push({ type: 'notice', notice });

/** C10: which requests of an agent are new, and which wait no longer. */
export function noticeRequests(
  lobby: Lobby,
  work: UnitOfWork,
  row: AgentRow,
  opened: readonly RequestHead[],
  over: readonly RequestHead[],
  resolved: RoomReport['resolved'] = [],
): void {
  const agent = agentOf(lobby, row);
  for (const head of over) {
    const how = resolved.find(({ permissionId }) => permissionId === head.permissionId) ?? null;
    push(work, { type: 'request-over', agent, head, resolved: how });
  }
  for (const head of opened) push(work, { type: 'request-opened', agent, head });
}

function howItEnded({ exitCode, signal }: RoomSummary): string {
  if (signal !== undefined) return `It was ended by ${signal}`;
  return exitCode === undefined ? 'It has ended' : `It ended with exit code ${exitCode}`;
}

/** C10: what a room's report says that the one before did not. */
export function noticeReport(
  lobby: Lobby,
  work: UnitOfWork,
  row: AgentRow,
  before: LiveRow['report'],
  { summary, turns = [] }: Pick<RoomReport, 'summary' | 'turns'>,
): void {
  if (row.pending !== null) return;
  const agent = agentOf(lobby, row);
  if (summary.status === 'crashed' && before !== null && before.summary.status !== 'crashed')
    push(work, { type: 'crashed', agent, how: howItEnded(summary) });
  const { attention } = summary;
  if (attention !== undefined && before?.summary.attention === undefined)
    push(work, { type: 'attention', agent, attention });
  const known = new Set(before?.turns?.map(({ turnId }) => turnId));
  for (const turn of turns)
    if (!known.has(turn.turnId) && turn.endedAt > work.now - PUSH.news)
      push(work, { type: 'turn-ended', agent, turn });
}
