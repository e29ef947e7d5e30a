import type { AgentSummary } from '@muster/protocol';

/**
 * One agent from its two sources: what its program does is the room's word (R3), heard first there; whether
 * its host is there both know, and either one's doubt counts. Another uid under the same name is another agent.
 * Presence has no revision (R1), so an open page hears of viewers from the lobby alone.
 */
export function mergeSummary(
  fromLobby: AgentSummary | undefined,
  fromRoom: AgentSummary | undefined,
): AgentSummary | undefined {
  if (fromLobby === undefined || fromRoom === undefined) return fromRoom ?? fromLobby;
  if (fromLobby.agentUid !== fromRoom.agentUid) return fromLobby;
  const offline = fromLobby.connection === 'offline' || fromRoom.connection === 'offline';
  return {
    ...fromRoom,
    name: fromLobby.name,
    connection: offline ? 'offline' : 'online',
    viewers: fromLobby.viewers,
    lastActivity: Math.max(fromLobby.lastActivity, fromRoom.lastActivity),
  };
}
