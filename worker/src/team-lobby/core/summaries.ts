import {
  type AgentLimit,
  type AgentSummary,
  type HostSummary,
  isAgentVisible,
  type RoomSummary,
  type ServerMessage,
} from '@muster/protocol';
import { agentsOn, liveOf } from './state.ts';
import type { AgentRow, HostRow, Lobby } from './types.ts';

/** The summary of an agent whose room has not reported yet. */
function initialSummary({ spec, createdAt }: AgentRow): RoomSummary {
  return {
    status: spec.autostart ? 'starting' : 'stopped',
    busy: false,
    lastActivity: createdAt,
    queueLength: 0,
    runningCommands: 0,
    pendingPermissions: 0,
    viewers: 0,
  };
}

/**
 * R3: `status` comes from the room; `connection` from the lobby: the host is online and says that the keeper
 * is healthy.
 */
export function summaryOf(lobby: Lobby, row: AgentRow): AgentSummary {
  const { agentId, agentUid, name, kind, hostId, labels } = row.spec;
  const live = liveOf(lobby, agentUid);
  const host = lobby.online.get(hostId);
  const up = host !== undefined && live.healthySince !== null;
  return {
    ...(live.report?.summary ?? initialSummary(row)),
    agentId,
    agentUid,
    name,
    kind,
    hostId,
    labels,
    connection: up ? 'online' : 'offline',
    ...(up ? { connectedAt: Math.max(host.since, live.healthySince ?? 0) } : {}),
  };
}

/** Newest first; pending creates are not there. */
export function agentSummaries(lobby: Lobby): AgentSummary[] {
  return [...lobby.agents.values()]
    .filter((row) => row.pending === null)
    .sort((a, b) => b.createdAt - a.createdAt)
    .map((row) => summaryOf(lobby, row));
}

/** X5: counts only agents that `limits` allow seeing. */
function hostSummary(lobby: Lobby, host: HostRow, limits: readonly AgentLimit[]): HostSummary {
  const { hostId, name, facts, version, lastSeen, key } = host;
  return {
    hostId,
    name,
    connection: lobby.online.has(hostId) ? 'online' : 'offline',
    roots: facts?.roots ?? [],
    agents: agentsOn(lobby, hostId).filter((row) => row.pending === null && isAgentVisible(limits, row.spec))
      .length,
    ...(version === undefined ? {} : { version }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(key === undefined || key.revokedAt === null ? {} : { revokedAt: key.revokedAt }),
    ...(facts === undefined
      ? {}
      : {
          platform: `${facts.platform} ${facts.arch}`.slice(0, 64),
          cpus: facts.cpus,
          memory: facts.memory,
          defaultWorkspace: facts.defaultWorkspace,
          ...(facts.programs === undefined ? {} : { programs: facts.programs }),
          ...(facts.kinds === undefined ? {} : { kinds: facts.kinds }),
          ...(facts.adapters === undefined ? {} : { adapters: facts.adapters }),
        }),
  };
}

export const hostSummaries = (lobby: Lobby, limits: readonly AgentLimit[] = []): HostSummary[] =>
  [...lobby.hosts.values()].map((host) => hostSummary(lobby, host, limits));

export const agentList = (lobby: Lobby): ServerMessage => ({
  type: 'agent:list',
  payload: { agents: agentSummaries(lobby) },
});

export const hostList = (lobby: Lobby, limits: readonly AgentLimit[] = []): ServerMessage => ({
  type: 'host:list',
  payload: { hosts: hostSummaries(lobby, limits) },
});

export function agentStatus(lobby: Lobby, row: AgentRow, now: number): ServerMessage {
  const agent = summaryOf(lobby, row);
  const { agentId, status, connection, pid, lastActivity, exitCode, signal, startedAt } = agent;
  const runs = startedAt !== undefined && status !== 'stopped' && status !== 'crashed';
  return {
    type: 'agent:status',
    payload: {
      agentId,
      status,
      connection,
      agent,
      details: {
        lastActivity,
        ...(pid === undefined ? {} : { pid }),
        ...(runs ? { uptime: Math.max(0, now - startedAt) } : {}),
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(signal === undefined ? {} : { signal }),
      },
    },
  };
}
