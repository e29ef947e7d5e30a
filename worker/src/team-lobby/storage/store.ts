import type { TeamId } from '@muster/protocol';
import type { Commit, StoredState } from '../core/types.ts';

/** Where a lobby's durable state lives. Synchronous: what `commit` wrote is there when it returns. */
export interface LobbyStore {
  /** The team whose lobby this is; null in an object that has never been used. */
  team(): TeamId | null;
  setTeam(team: TeamId): void;
  load(): StoredState;
  /** All of it or nothing. */
  commit(change: Commit): void;
  isUsed(code: string): boolean;
  /** True the first time a one-time code is used, before `expiresAt` (ms). */
  spend(code: string, expiresAt: number, now: number): boolean;
}
