import { CLOSE } from '@muster/protocol';
import type { HostKeyState } from '../../../auth/claims.ts';

/** X4: how keepers with an older key are closed: of a revoked one for good, of one that was replaced to come back with the new one. */
export const closeOfKey = ({ revoked }: HostKeyState) =>
  revoked
    ? { code: CLOSE.revoked, reason: 'this host was revoked' }
    : { code: CLOSE.restart, reason: 'a new key' };
