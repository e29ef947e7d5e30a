import type { AgentUid, HostId, TeamId } from '@muster/protocol';
import type {
  AckRow,
  AgentRequests,
  AgentRow,
  Commit,
  HostRow,
  LiveRow,
  StoredState,
} from '../core/types.ts';
import type { LobbyStore } from './store.ts';

/** The twin of the SQLite store, for tests and the simulator. Rows are copied, as a database would. */
export class MemoryLobbyStore implements LobbyStore {
  #team: TeamId | null = null;
  readonly #hosts = new Map<HostId, HostRow>();
  readonly #agents = new Map<AgentUid, AgentRow>();
  readonly #live = new Map<AgentUid, LiveRow>();
  readonly #requests = new Map<AgentUid, AgentRequests>();
  readonly #acks = new Map<string, AckRow>();
  readonly #deletions = new Set<AgentUid>();
  readonly #usedCodes = new Map<string, number>();

  team(): TeamId | null {
    return this.#team;
  }

  setTeam(team: TeamId): void {
    this.#team = team;
  }

  load(): StoredState {
    return structuredClone({
      hosts: [...this.#hosts.values()],
      agents: [...this.#agents.values()].sort((a, b) => a.createdAt - b.createdAt),
      live: [...this.#live.values()],
      requests: [...this.#requests.values()],
      acks: [...this.#acks.values()].sort((a, b) => a.until - b.until),
      deletions: [...this.#deletions],
    });
  }

  commit(change: Commit): void {
    const { hosts, dropHosts, agents, dropAgents, live, acks, dropAcks, ...rest } = structuredClone(change);
    const { deletions, dropDeletions, usedCodes, requests } = rest;
    for (const row of hosts ?? []) this.#hosts.set(row.hostId, row);
    for (const hostId of dropHosts ?? []) this.#hosts.delete(hostId);
    for (const row of agents ?? []) this.#agents.set(row.spec.agentUid, row);
    for (const uid of dropAgents ?? []) {
      this.#agents.delete(uid);
      this.#live.delete(uid);
      this.#requests.delete(uid);
    }
    for (const row of live ?? []) this.#live.set(row.agentUid, row);
    for (const row of requests ?? []) {
      if (row.requests.length === 0) this.#requests.delete(row.agentUid);
      else this.#requests.set(row.agentUid, row);
    }
    for (const key of dropAcks ?? []) this.#acks.delete(key);
    for (const row of acks ?? []) this.#acks.set(row.key, row);
    for (const uid of deletions ?? []) this.#deletions.add(uid);
    for (const uid of dropDeletions ?? []) this.#deletions.delete(uid);
    for (const { id, expiresAt } of usedCodes ?? []) this.#usedCodes.set(id, expiresAt);
  }

  isUsed(code: string): boolean {
    return this.#usedCodes.has(code);
  }

  spend(code: string, expiresAt: number, now: number): boolean {
    for (const [old, until] of this.#usedCodes) if (until <= now) this.#usedCodes.delete(old);
    if (expiresAt <= now || this.#usedCodes.has(code)) return false;
    this.#usedCodes.set(code, expiresAt);
    return true;
  }
}
