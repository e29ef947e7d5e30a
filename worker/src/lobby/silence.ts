import { SOCKET } from '../socket/limits.ts';
import { sweep } from './core/sweep.ts';
import type { ConnectionId } from './core/types.ts';
import type { Peers } from './peers.ts';

/** H1: when to look for silent sockets, and which those are. */
export class Silence {
  readonly #peers: Peers;
  #due: number | null = null;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /** H2: when to `look`, ms; null: nobody is here. */
  get due(): number | null {
    return this.#due;
  }

  /** An alarm that is set comes no later than the look it was set for: to move it at each wake would be a row each. */
  woke(alarm: number | null, now: number): void {
    if (!this.#peers.isEmpty) this.#due = alarm ?? now + SOCKET.silence;
  }

  joined(now: number): void {
    this.#due ??= now + SOCKET.silence;
  }

  left(): void {
    if (this.#peers.isEmpty) this.#due = null;
  }

  /** Who is to be counted as gone. */
  look(now: number): readonly ConnectionId[] {
    const { dead, next } = sweep(this.#peers.heard(), now);
    this.#due = next;
    return dead;
  }
}
