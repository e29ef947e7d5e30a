import { SOCKET } from '../../../socket/limits.ts';
import type { ConnectionId } from '../types.ts';
import { findDead, type SocketActivity } from './heartbeats.ts';

/** H1: decides when to check for silent sockets, and which of them are dead. */
export class HeartbeatMonitor {
  #deadline: number | null = null;

  /** H2: when to call `takeDead`, ms; null: no socket is open. */
  get nextDeadline(): number | null {
    return this.#deadline;
  }

  /**
   * The stored alarm never fires later than the check that it was set for, so it is reused: moving it at each
   * wake would write a row. `isEmpty`: no socket survived.
   */
  restore(isEmpty: boolean, alarm: number | null, now: number): void {
    if (!isEmpty) this.#deadline = alarm ?? now + SOCKET.silence;
  }

  socketOpened(now: number): void {
    this.#deadline ??= now + SOCKET.silence;
  }

  /** `isEmpty`: it was the last one. */
  socketClosed(isEmpty: boolean): void {
    if (isEmpty) this.#deadline = null;
  }

  /** The connections to close as dead. Schedules the next check. */
  takeDead(activity: readonly SocketActivity[], now: number): readonly ConnectionId[] {
    const { dead, next } = findDead(activity, now);
    this.#deadline = next;
    return dead;
  }
}
