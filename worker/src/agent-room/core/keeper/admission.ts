import { CLOSE, err, ok, type Result, wireError } from '@muster/protocol';
import type { Claims, HostClaims, HostKeyState } from '../../../auth/claims.ts';
import type { SocketRefusal } from '../../../socket/connection-limits.ts';
import type { RoomState } from '../state.ts';
import { NO_AGENT } from '../viewers/index.ts';

/** X4: how keepers with an older key are closed: of a revoked one for good, of one that was replaced to come back with the new one. */
export const closeOfKey = ({ revoked }: HostKeyState) =>
  revoked
    ? { code: CLOSE.revoked, reason: 'this host was revoked' }
    : { code: CLOSE.restart, reason: 'a new key' };

/**
 * X4: a host speaks for its own agents only; another host's keeper is of an older start (N2). Its proof was good
 * when it was checked; the key may have been revoked or replaced since.
 */
export function admitKeeper(
  { durable }: Pick<RoomState, 'durable'>,
  claims: Claims | null,
): Result<HostClaims, SocketRefusal> {
  if (durable === null) return err({ error: NO_AGENT });
  if (claims?.kind !== 'host') return err({ error: wireError('AUTH_FAILED', 'a host is needed') });
  if (claims.hostId !== durable.placement.spec.hostId)
    return err({ close: CLOSE.superseded, reason: 'this agent is placed on another host' });
  if (claims.keyRevision >= durable.host.keyRevision) return ok(claims);
  const { code: close, reason } = closeOfKey(durable.host);
  return err({ close, reason });
}
