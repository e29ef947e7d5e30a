import { SOCKET } from '../../../socket/limits.ts';
import { LOBBY } from '../limits.ts';
import type { ConnectionId } from '../types.ts';

export interface SocketActivity {
  readonly connection: ConnectionId;
  /** ms: when it was last heard. */
  readonly lastHeard: number;
}

/** H1: who has been silent for 60 s, and when to look again (null: nobody is left to look at). */
export function findDead(
  sockets: readonly SocketActivity[],
  now: number,
): { readonly dead: ConnectionId[]; readonly next: number | null } {
  const isDead = ({ lastHeard }: SocketActivity) => now - lastHeard >= SOCKET.silence;
  const rest = sockets.filter((socket) => !isDead(socket)).map((socket) => socket.lastHeard + SOCKET.silence);
  return {
    dead: sockets.filter(isDead).map((socket) => socket.connection),
    next: rest.length === 0 ? null : Math.max(Math.min(...rest), now + LOBBY.sweepInterval),
  };
}
