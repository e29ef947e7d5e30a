import { SOCKET } from '../../socket/limits.ts';
import { LOBBY } from './limits.ts';
import type { ConnectionId } from './types.ts';

export interface Peer {
  readonly connection: ConnectionId;
  /** ms: when it was last heard. */
  readonly heard: number;
}

/** H1: who has been silent for 60 s, and when to look again (null: nobody is left to look at). */
export function sweep(
  peers: readonly Peer[],
  now: number,
): { readonly dead: ConnectionId[]; readonly next: number | null } {
  const isDead = ({ heard }: Peer) => now - heard >= SOCKET.silence;
  const rest = peers.filter((peer) => !isDead(peer)).map((peer) => peer.heard + SOCKET.silence);
  return {
    dead: peers.filter(isDead).map((peer) => peer.connection),
    next: rest.length === 0 ? null : Math.max(Math.min(...rest), now + LOBBY.sweepPause),
  };
}
