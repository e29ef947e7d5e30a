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
import { type HostNeeds, meetsNeeds, unmetNeeds } from './host-needs.ts';

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
 * The host of a new agent: the one named, else, of those online that have what it needs (C4), the only one, else the one
 * with the fewest agents among those that allow the directory.
 */
export function chooseHost(
  lobby: Lobby,
  wanted: HostRequest,
  needs: HostNeeds,
  limits: readonly AgentLimit[] = [],
): Result<HostRow, WireError> {
  const chosen =
    wanted.hostId === undefined
      ? leastLoadedHost(lobby, wanted.workspace, needs, limits)
      : hostById(lobby, wanted.hostId, needs);
  if (!chosen.ok) return chosen;
  if (agentsOn(lobby, chosen.value.hostId).length < LIMITS.agentsPerHost) return chosen;
  const message = `This host has ${LIMITS.agentsPerHost} agents, the most that a host may have`;
  return err(wireError('AGENT_LIMIT_EXCEEDED', message, { field: 'hostId' }));
}

function hostById(lobby: Lobby, hostId: HostId, needs: HostNeeds): Result<HostRow, WireError> {
  const host = lobby.hosts.get(hostId);
  if (host === undefined)
    return err(wireError('INVALID_MESSAGE', 'There is no such host', { field: 'hostId' }));
  if (!lobby.online.has(hostId))
    return err(wireError('HOST_OFFLINE', `The host ${host.name} is offline`, { field: 'hostId' }));
  return meetsNeeds(host, needs) ? ok(host) : err(unmetNeeds([host], needs));
}

function leastLoadedHost(
  lobby: Lobby,
  workspace: string | undefined,
  needs: HostNeeds,
  limits: readonly AgentLimit[],
): Result<HostRow, WireError> {
  const online = [...lobby.hosts.values()].filter(({ hostId }) => lobby.online.has(hostId));
  if (online.length === 0) return err(wireError('HOST_OFFLINE', 'no host is online', { field: 'hostId' }));
  const able = online.filter((host) => meetsNeeds(host, needs));
  const [only] = able;
  if (only === undefined) return err(unmetNeeds(online, needs));
  if (able.length === 1) return ok(only);
  // X24: counts only agents that the requester may see, so that the choice reveals nothing about the others.
  const seen = (host: HostRow) =>
    agentsOn(lobby, host.hostId).filter(({ spec }) => isAgentVisible(limits, spec));
  const load = new Map(able.map((host) => [host, seen(host).length]));
  const [best] = able
    .filter((host) => workspace === undefined || allowsDirectory(host, workspace))
    .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
  if (best !== undefined) return ok(best);
  const message = 'No host that is online allows this directory';
  return err(wireError('INVALID_MESSAGE', message, { field: 'workspace' }));
}
