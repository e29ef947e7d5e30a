import {
  type AgentLimit,
  err,
  type HostId,
  isAgentVisible,
  LIMITS,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { agentsOn } from '../state.ts';
import type { HostRow, Lobby } from '../types.ts';

export interface HostRequest {
  readonly hostId?: HostId | undefined;
  readonly workspace?: string | undefined;
}

/**
 * X9: a first check; the host itself resolves the path, symlinks included. Relative paths are for the host to
 * read.
 */
function allowsDirectory(host: HostRow, workspace: string): boolean {
  if (!workspace.startsWith('/')) return true;
  const roots = host.facts?.roots ?? [];
  return roots.some((root) => workspace === root || workspace.startsWith(`${root.replace(/\/+$/, '')}/`));
}

/**
 * The host of a new agent: the one named, else the only one online, else the one with the fewest agents
 * among those that allow the directory.
 */
export function chooseHost(
  lobby: Lobby,
  wanted: HostRequest,
  limits: readonly AgentLimit[] = [],
): Result<HostRow, WireError> {
  const chosen =
    wanted.hostId === undefined
      ? leastLoadedHost(lobby, wanted.workspace, limits)
      : hostById(lobby, wanted.hostId);
  if (!chosen.ok) return chosen;
  if (agentsOn(lobby, chosen.value.hostId).length < LIMITS.agentsPerHost) return chosen;
  const message = `This host has ${LIMITS.agentsPerHost} agents, the most that a host may have`;
  return err(wireError('AGENT_LIMIT_EXCEEDED', message, { field: 'hostId' }));
}

function hostById(lobby: Lobby, hostId: HostId): Result<HostRow, WireError> {
  const host = lobby.hosts.get(hostId);
  if (host === undefined)
    return err(wireError('INVALID_MESSAGE', 'There is no such host', { field: 'hostId' }));
  if (!lobby.online.has(hostId))
    return err(wireError('HOST_OFFLINE', `The host ${host.name} is offline`, { field: 'hostId' }));
  return ok(host);
}

function leastLoadedHost(
  lobby: Lobby,
  workspace: string | undefined,
  limits: readonly AgentLimit[],
): Result<HostRow, WireError> {
  const online = [...lobby.hosts.values()].filter(({ hostId }) => lobby.online.has(hostId));
  const [only] = online;
  if (only === undefined) return err(wireError('HOST_OFFLINE', 'no host is online', { field: 'hostId' }));
  if (online.length === 1) return ok(only);
  // X24: counts only agents that the requester may see, so that the choice reveals nothing about the others.
  const seen = (host: HostRow) =>
    agentsOn(lobby, host.hostId).filter(({ spec }) => isAgentVisible(limits, spec));
  const load = new Map(online.map((host) => [host, seen(host).length]));
  const [best] = online
    .filter((host) => workspace === undefined || allowsDirectory(host, workspace))
    .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
  if (best !== undefined) return ok(best);
  const message = 'No host that is online allows this directory';
  return err(wireError('INVALID_MESSAGE', message, { field: 'workspace' }));
}
