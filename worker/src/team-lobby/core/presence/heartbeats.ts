import { earliestOf } from '../../../socket/deadlines.ts';
import { SOCKET } from '../../../socket/limits.ts';
import { LOBBY } from '../limits.ts';
import type { ConnectionId } from '../types.ts';

export interface SocketActivity {
  readonly connection: ConnectionId;
  /** ms: its last activity. */
  readonly lastHeard: number;
}

/** H1: sockets that were silent for 60 s, and when to check again (null: no socket is left). */
export function findDead(
  sockets: readonly SocketActivity[],
  now: number,
): { readonly dead: ConnectionId[]; readonly next: number | null } {
  const isDead = ({ lastHeard }: SocketActivity) => now - lastHeard >= SOCKET.silence;
  const next = earliestOf(sockets, (socket) => (isDead(socket) ? null : socket.lastHeard + SOCKET.silence));
  return {
    dead: sockets.filter(isDead).map((socket) => socket.connection),
    next: next === null ? null : Math.max(next, now + LOBBY.sweepInterval),
  };
}
