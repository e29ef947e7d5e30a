import { CLOSE, type HostId, wireError } from '@muster/protocol';
import type { HostClaims } from '../../../auth/claims.ts';
import type { HostKey } from '../../../rpc.ts';
import type { SocketRefusal } from '../../../socket/connection-limits.ts';
import type { Lobby } from '../types.ts';

/** X4: null: there is no such host, or it never had a key. */
export function hostKeyOf(lobby: Lobby, hostId: HostId): HostKey | null {
  const key = lobby.hosts.get(hostId)?.key;
  if (key === undefined) return null;
  const { publicKey, revision, revokedAt } = key;
  return { publicKey, revision, revoked: revokedAt !== null };
}

/** X4: why a runner's socket is refused; null: it may come in. Its proof was checked before: whether its key is still good is known here only. */
export function hostRefusal(lobby: Lobby, { hostId, keyRevision }: HostClaims): SocketRefusal | null {
  const key = hostKeyOf(lobby, hostId);
  if (key === null) return { error: wireError('AUTH_FAILED', 'there is no such host') };
  if (key.revoked) return { close: CLOSE.revoked, reason: 'this host was revoked' };
  return keyRevision < key.revision ? { close: CLOSE.restart, reason: 'a new key' } : null;
}
