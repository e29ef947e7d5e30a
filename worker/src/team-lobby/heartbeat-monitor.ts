import { SOCKET } from '../socket/limits.ts';
import type { LobbyConnections } from './connections.ts';
import { findDead } from './core/presence/index.ts';
import type { ConnectionId } from './core/types.ts';

/** H1: when to look for silent sockets, and which those are. */
export class HeartbeatMonitor {
  readonly #connections: LobbyConnections;
  #deadline: number | null = null;

  constructor(connections: LobbyConnections) {
    this.#connections = connections;
  }

  /** H2: when to `look`, ms; null: nobody is here. */
  get nextDeadline(): number | null {
    return this.#deadline;
  }

  /** An alarm that is set comes no later than the look it was set for: to move it at each wake would be a row each. */
  restore(alarm: number | null, now: number): void {
    if (!this.#connections.isEmpty) this.#deadline = alarm ?? now + SOCKET.silence;
  }

  socketOpened(now: number): void {
    this.#deadline ??= now + SOCKET.silence;
  }

  socketClosed(): void {
    if (this.#connections.isEmpty) this.#deadline = null;
  }

  /** Who is to be counted as gone. */
  takeDead(now: number): readonly ConnectionId[] {
    const { dead, next } = findDead(this.#connections.activity(), now);
    this.#deadline = next;
    return dead;
  }
}
