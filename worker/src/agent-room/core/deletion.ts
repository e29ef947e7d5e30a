import { type AgentUid, CLOSE } from '@muster/protocol';
import { endAllCommands } from './commands/index.ts';
import { endAllConversations } from './conversations/index.ts';
import type { Effect } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { NO_AGENT } from './viewers/index.ts';

const CLOSE_ALL: Effect = { type: 'close-all', code: CLOSE.notFound, error: NO_AGENT };

/**
 * N1: everybody leaves and commands end; then audit and history take what they do not have (X8, A1), and only then the
 * rows go. If either cannot be reached, the lobby deletes the room again. A repeat, or a call about another agent,
 * changes nothing.
 */
export function handleDeletion(work: UnitOfWork, agentUid: AgentUid): void {
  const { durable, deleted } = work.room;
  if (deleted) return;
  if (durable === null) return erase(work);
  if (durable.placement.spec.agentUid !== agentUid) return;
  work.beforeCommit.push(CLOSE_ALL);
  endAllCommands(work);
  endAllConversations(work);
  work.afterCommit.push({ type: 'flush' });
}

/** Again: sockets that came while it was flushed. */
export function erase(work: UnitOfWork): void {
  if (!work.room.deleted) work.afterCommit.push(CLOSE_ALL, { type: 'erase' });
}
