import type { AgentUid, HostId, Placement, TeamId } from '@muster/protocol';
import type { HostKeyState } from '../../auth/claims.ts';
import type { AgentRow, Commit, LiveRow, Lobby, PendingRoomCall, StoredState, UnitOfWork } from './types.ts';

/** The state after a load; the event `started` adds the hosts that are online. */
export function openLobby(team: TeamId, durable: StoredState): Lobby {
  return {
    team,
    hosts: new Map(durable.hosts.map((host) => [host.hostId, host])),
    agents: new Map(durable.agents.map((agent) => [agent.spec.agentUid, agent])),
    names: new Map(durable.agents.map(({ spec }) => [spec.agentId, spec.agentUid])),
    live: new Map(durable.live.map((live) => [live.agentUid, live])),
    requests: new Map(durable.requests.map((one) => [one.agentUid, one])),
    acks: new Map(durable.acks.map((ack) => [ack.key, ack])),
    roomCalls: new Map([
      ...durable.agents
        .filter((row) => !row.roomKnows)
        .map((row) => initialRoomCall(row.spec.agentUid, 'place')),
      ...durable.deletions.map((uid) => initialRoomCall(uid, 'delete')),
    ]),
    online: new Map(),
    pendingPresence: new Map(),
  };
}

const initialRoomCall = (uid: AgentUid, kind: PendingRoomCall['kind']) =>
  [uid, { kind, tries: 0, nextAt: 0 }] as const;

/** Changes the state and has the store follow. */
export function commit(lobby: Lobby, change: Commit, work: UnitOfWork): void {
  for (const host of change.hosts ?? []) lobby.hosts.set(host.hostId, host);
  for (const hostId of change.dropHosts ?? []) lobby.hosts.delete(hostId);
  for (const agent of change.agents ?? []) {
    lobby.agents.set(agent.spec.agentUid, agent);
    lobby.names.set(agent.spec.agentId, agent.spec.agentUid);
  }
  for (const uid of change.dropAgents ?? []) drop(lobby, uid);
  for (const live of change.live ?? []) lobby.live.set(live.agentUid, live);
  for (const one of change.requests ?? []) {
    if (one.requests.length === 0) lobby.requests.delete(one.agentUid);
    else lobby.requests.set(one.agentUid, one);
  }
  for (const ack of change.acks ?? []) lobby.acks.set(ack.key, ack);
  for (const key of change.dropAcks ?? []) lobby.acks.delete(key);
  work.out.push({ type: 'commit', commit: change });
}

function drop(lobby: Lobby, uid: AgentUid): void {
  const row = lobby.agents.get(uid);
  if (row !== undefined) lobby.names.delete(row.spec.agentId);
  lobby.agents.delete(uid);
  lobby.live.delete(uid);
  lobby.requests.delete(uid);
  lobby.pendingPresence.delete(uid);
}

/** An agent that people can see: not one whose create is still under way. */
export function agentNamed(lobby: Lobby, agentId: string): AgentRow | null {
  const uid = lobby.names.get(agentId);
  const row = uid === undefined ? undefined : lobby.agents.get(uid);
  return row === undefined || row.pending !== null ? null : row;
}

export function liveOf(lobby: Lobby, agentUid: AgentUid): LiveRow {
  return lobby.live.get(agentUid) ?? { agentUid, healthySince: null, report: null };
}

/** All rooms, those with viewers first. */
export function roomsByWatchers(lobby: Lobby): AgentUid[] {
  const watchers = (uid: AgentUid) => lobby.live.get(uid)?.report?.summary.viewers ?? 0;
  return [...lobby.agents.keys()].sort((a, b) => watchers(b) - watchers(a));
}

/** All agents of a host, pending ones too. */
export function agentsOn(lobby: Lobby, hostId: HostId): AgentRow[] {
  return [...lobby.agents.values()].filter(({ spec }) => spec.hostId === hostId);
}

/** X4: the state of a host's key, as rooms receive it. */
export function hostKeyStateOf(lobby: Lobby, hostId: HostId): HostKeyState {
  const key = lobby.hosts.get(hostId)?.key;
  return { keyRevision: key?.revision ?? 0, revoked: key !== undefined && key.revokedAt !== null };
}

export const placementOf = ({ spec, generation }: AgentRow): Placement => ({ spec, generation });

const encoder = new TextEncoder();
/** Bytes of a value as JSON. */
export const jsonBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;
