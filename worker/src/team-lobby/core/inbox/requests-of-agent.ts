import { type AgentId, agentOfId, LIMITS, type RequestHead, RequestHeadSchema } from '@muster/protocol';
import { LOBBY } from '../limits.ts';
import { jsonBytes } from '../state.ts';
import type { AgentRequests, AgentRow, Lobby } from '../types.ts';

/**
 * C7: the requests of an agent that wait, as its room reports them now; null: they are those that the lobby has. Where
 * there are more than the lobby keeps the oldest are left out, as the room does (`RoomReport`): it has all of them.
 */
export function changedRequests(
  lobby: Lobby,
  { spec: { agentUid, agentId } }: AgentRow,
  reported: readonly RequestHead[],
): AgentRequests | null {
  const known = lobby.requests.get(agentUid)?.requests ?? [];
  if (known.length === 0 && reported.length === 0) return null;
  const { heads, bytes } = keptHeads(ownHeads(reported, agentId), freeBytes(lobby, agentUid));
  if (JSON.stringify(heads) === JSON.stringify(known.map(({ head }) => head))) return null;
  const sequences = new Map(known.map(({ head, sequence }) => [head.permissionId, sequence]));
  let newest = newestSequence(lobby);
  const requests = heads.toReversed().map((head) => {
    const sequence = sequences.get(head.permissionId) ?? newest + 1;
    newest = Math.max(newest, sequence);
    return { sequence, head };
  });
  return { agentUid, bytes, requests: requests.reverse() };
}

/**
 * Those that can be read and are of this agent, newest first, each once. Ids are the host's own: one in the name of
 * another agent would take the place of that agent's request on pages.
 */
function ownHeads(reported: readonly RequestHead[], agentId: AgentId): RequestHead[] {
  const heads = new Map<string, RequestHead>();
  for (const one of reported) {
    const { data: head } = RequestHeadSchema.safeParse(one);
    if (head?.agentId === agentId && agentOfId(head.permissionId) === agentId)
      heads.set(head.permissionId, head);
  }
  return [...heads.values()].sort((a, b) => b.requestedAt - a.requestedAt);
}

function keptHeads(heads: readonly RequestHead[], free: number) {
  const kept: RequestHead[] = [];
  let bytes = 0;
  for (const head of heads.slice(0, LIMITS.openRequests)) {
    const size = jsonBytes(head);
    if (bytes + size > Math.min(free, LOBBY.agentRequestBytes)) break;
    bytes += size;
    kept.push(head);
  }
  return { heads: kept, bytes };
}

/** Bytes that the requests of one agent may have beside those of the others. */
function freeBytes(lobby: Lobby, agentUid: AgentRow['spec']['agentUid']): number {
  let free: number = LOBBY.requestBytes;
  for (const one of lobby.requests.values()) if (one.agentUid !== agentUid) free -= one.bytes;
  return free;
}

function newestSequence(lobby: Lobby): number {
  let newest = 0;
  for (const { requests } of lobby.requests.values())
    for (const { sequence } of requests) newest = Math.max(newest, sequence);
  return newest;
}
