import { type WireError, wireError } from '@muster/protocol';
import { completeEntry } from '../../../audit/entry.ts';
import type { HostRequest, Lobby, UnitOfWork } from '../types.ts';
import {
  deleteHost,
  deleteRefusal,
  enrolHost,
  enrolRefusal,
  revokeHost,
  revokeRefusal,
  tokenRefusal,
} from './host-keys.ts';

/** X4, X8: done with its entry, in one transaction, or refused; a refusal has an entry too, or is counted (X8a). */
export function handleHostRequest(lobby: Lobby, work: UnitOfWork, request: HostRequest): void {
  const error = refusalOf(lobby, work, request);
  const { audit } = request;
  if (audit !== undefined) {
    const entry = completeEntry(audit, error ?? undefined, work.now);
    work.out.push({ type: error === null ? 'audit' : 'audit-refusal', entry });
  }
  work.out.push({ type: 'answer', error });
  if (error === null) perform(lobby, work, request);
}

function refusalOf(lobby: Lobby, work: UnitOfWork, request: HostRequest): WireError | null {
  switch (request.type) {
    case 'host-enrolment':
      return enrolmentRefusal(lobby, work, request);
    case 'host-token':
      return request.hostId === null ? null : tokenRefusal(lobby, request.hostId, request.replaces);
    case 'host-revocation':
      return revokeRefusal(lobby, request.hostId);
    case 'host-deletion':
      return deleteRefusal(lobby, request.hostId);
  }
}

const MAKER_IS_NO_ADMIN = wireError(
  'AUTH_FAILED',
  'The admin who made this token is no longer an admin of every agent',
);
const CODE_IS_USED = wireError('AUTH_FAILED', 'This token was used before; make a new one');

/** The code is spent only where the host comes in. */
function enrolmentRefusal(
  lobby: Lobby,
  { now, isUsed }: UnitOfWork,
  { host, code, makerMayGrant }: Extract<HostRequest, { type: 'host-enrolment' }>,
): WireError | null {
  if (!makerMayGrant) return MAKER_IS_NO_ADMIN;
  const refusal = enrolRefusal(lobby, host, code);
  if (refusal !== null) return refusal;
  return code.expiresAt <= now || isUsed(code.id) ? CODE_IS_USED : null;
}

function perform(lobby: Lobby, work: UnitOfWork, request: HostRequest): void {
  switch (request.type) {
    case 'host-enrolment':
      return enrolHost(lobby, work, request.host, request.code);
    case 'host-token':
      return;
    case 'host-revocation':
      return revokeHost(lobby, work, request.hostId);
    case 'host-deletion':
      return deleteHost(lobby, work, request.hostId);
  }
}
