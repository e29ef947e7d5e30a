import { SOCKET } from '../socket/limits.ts';
import type { LobbyConnections } from './connections.ts';
import { findDead } from './core/presence/index.ts';
import type { ConnectionId } from './core/types.ts';

/** H1: decides when to check for silent sockets, and which of them are dead. */
export class HeartbeatMonitor {
  readonly #connections: LobbyConnections;
  #deadline: number | null = null;

  constructor(connections: LobbyConnections) {
    this.#connections = connections;
  }

  /** H2: when to call `takeDead`, ms; null: no socket is open. */
  get nextDeadline(): number | null {
    return this.#deadline;
  }

  /**
   * The stored alarm never fires later than the check that it was set for, so it is reused: moving it at each
   * wake would write a row.
   */
  restore(alarm: number | null, now: number): void {
    if (!this.#connections.isEmpty) this.#deadline = alarm ?? now + SOCKET.silence;
  }

  socketOpened(now: number): void {
    this.#deadline ??= now + SOCKET.silence;
  }

  socketClosed(): void {
    if (this.#connections.isEmpty) this.#deadline = null;
  }

  /** The connections to close as dead. Schedules the next check. */
  takeDead(now: number): readonly ConnectionId[] {
    const { dead, next } = findDead(this.#connections.activity(), now);
    this.#deadline = next;
    return dead;
  }
}
