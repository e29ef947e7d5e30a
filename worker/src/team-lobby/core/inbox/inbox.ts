import { type AgentLimit, isAgentVisible, type RequestHead, type ServerMessage } from '@muster/protocol';
import { LOBBY } from '../limits.ts';
import { jsonBytes } from '../state.ts';
import type { AgentRequests, AgentRow, Lobby, PendingRequest, UnitOfWork } from '../types.ts';

/** X5: what waits for people, of the agents that a member with these limits may see, newest first. */
export function pendingRequests(lobby: Lobby, limits: readonly AgentLimit[] = []): PendingRequest[] {
  return [...lobby.requests.values()]
    .filter(({ agentUid }) => {
      const row = lobby.agents.get(agentUid);
      return row !== undefined && row.pending === null && isAgentVisible(limits, row.spec);
    })
    .flatMap(({ requests }) => requests)
    .sort((a, b) => b.sequence - a.sequence);
}

/** A page of it: those below the sequence `before`. `next`: where the page after it begins; null: that was all. */
export function requestPage(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  {
    before = Number.POSITIVE_INFINITY,
    limit,
  }: { readonly before?: number | undefined; readonly limit: number },
): { readonly requests: readonly RequestHead[]; readonly next: number | null } {
  const page = pendingRequests(lobby, limits)
    .filter(({ sequence }) => sequence < before)
    .slice(0, limit);
  const next = page.length < limit ? null : (page.at(-1)?.sequence ?? null);
  return { requests: page.map(({ head }) => head), next };
}

/** S13: the newest that fit one message; the rest is in `GET /api/permissions`. */
export function inboxList(lobby: Lobby, limits: readonly AgentLimit[] = []): ServerMessage {
  const requests: RequestHead[] = [];
  let bytes = 0;
  for (const { head } of pendingRequests(lobby, limits)) {
    bytes += jsonBytes(head) + 1;
    if (bytes > LOBBY.listBytes) break;
    requests.push(head);
  }
  return { type: 'inbox:list', payload: { requests } };
}

/**
 * Tells everybody who may see the agent which of its requests came, changed, or do not wait any more. Returns those that are
 * new, and those that are over.
 */
export function broadcastRequests(
  lobby: Lobby,
  work: UnitOfWork,
  row: AgentRow,
  changed: Pick<AgentRequests, 'requests'>,
): { readonly opened: readonly RequestHead[]; readonly over: readonly RequestHead[] } {
  if (row.pending !== null) return { opened: [], over: [] };
  const known = lobby.requests.get(row.spec.agentUid)?.requests ?? [];
  const before = new Map(known.map(({ head }) => [head.permissionId, JSON.stringify(head)]));
  const tell = (permissionId: RequestHead['permissionId'], request: RequestHead | null) =>
    work.out.push({
      type: 'broadcast',
      message: { type: 'inbox:changed', payload: { permissionId, request } },
      about: row.spec,
    });
  const here = new Set(changed.requests.map(({ head }) => head.permissionId));
  const over = known.map(({ head }) => head).filter(({ permissionId }) => !here.has(permissionId));
  for (const { permissionId } of over) tell(permissionId, null);
  for (const { head } of changed.requests)
    if (before.get(head.permissionId) !== JSON.stringify(head)) tell(head.permissionId, head);
  const heads = changed.requests.map(({ head }) => head);
  return { opened: heads.filter(({ permissionId }) => !before.has(permissionId)), over };
}
