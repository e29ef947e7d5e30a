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
  peers: readonly SocketActivity[],
  now: number,
): { readonly dead: ConnectionId[]; readonly next: number | null } {
  const isDead = ({ lastHeard }: SocketActivity) => now - lastHeard >= SOCKET.silence;
  const rest = peers.filter((peer) => !isDead(peer)).map((peer) => peer.lastHeard + SOCKET.silence);
  return {
    dead: peers.filter(isDead).map((peer) => peer.connection),
    next: rest.length === 0 ? null : Math.max(Math.min(...rest), now + LOBBY.sweepInterval),
  };
}
