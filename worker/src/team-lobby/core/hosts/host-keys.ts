import { CLOSE, type HostId, LIMITS, type WireError, wireError } from '@muster/protocol';
import type { EnrolmentCode, EnrolmentRight, HostEnrolment } from '../../../rpc.ts';
import { placeRoom } from '../agents/index.ts';
import { agentsOn, commit, hostKeyStateOf } from '../state.ts';
import { hostList } from '../summaries.ts';
import type { HostRow, Lobby, UnitOfWork } from '../types.ts';
import { factsFit } from './host-messages.ts';

const TOKEN_FOR_OTHER_HOST = wireError(
  'AUTH_FAILED',
  'this token is for another host; ask an admin for one that is for this host, or for a new host',
);
const HAS_VALID_KEY = wireError(
  'AUTH_FAILED',
  'this host is enrolled already and has a good key; run this on that machine, or ask an admin for a token that replaces its key',
);
const TOKEN_NAMES_NO_HOST = wireError(
  'AUTH_FAILED',
  'this host was enrolled before; ask an admin for a token that is for this host',
);

const hasValidKey = ({ key }: HostRow): boolean => key !== undefined && key.revokedAt === null;

/** X15: why this right is none to enrol the host; null: it is. */
function rightRefusal(known: HostRow | undefined, hostId: HostId, right: EnrolmentRight): WireError | null {
  if (right.host !== undefined && right.host !== hostId) return TOKEN_FOR_OTHER_HOST;
  if (known === undefined) return null;
  if (hasValidKey(known)) {
    const isProved = right.proved !== undefined && right.proved === known.key?.revision;
    return isProved || (right.host === hostId && right.replaces === true) ? null : HAS_VALID_KEY;
  }
  return right.host === hostId ? null : TOKEN_NAMES_NO_HOST;
}

/** X15: why no token can be made for this host; null: one can. */
export function tokenRefusal(lobby: Lobby, hostId: HostId, replaces: boolean): WireError | null {
  const known = lobby.hosts.get(hostId);
  if (known === undefined)
    return wireError('INVALID_STATE', 'There is no such host. Leave it out to enrol a new one.', {
      field: 'hostId',
    });
  if (!hasValidKey(known) || replaces) return null;
  return wireError(
    'INVALID_STATE',
    `${known.name} has a good key. Say that it is to be replaced, or revoke it first.`,
    { field: 'replace' },
  );
}

/** X4: why a team may not have this host with this key; null: it may. */
export function enrolRefusal(
  lobby: Lobby,
  { hostId, name, publicKey }: HostEnrolment,
  right: EnrolmentRight = {},
): WireError | null {
  const known = lobby.hosts.get(hostId);
  if (known?.key?.publicKey === publicKey && known.key.revokedAt !== null)
    return wireError('INVALID_STATE', 'This key was revoked; make a new one', { field: 'publicKey' });
  const refused = rightRefusal(known, hostId, right);
  if (refused !== null) return refused;
  const room = known !== undefined || lobby.hosts.size < LIMITS.hostsPerTeam;
  if (room && factsFit(lobby, { ...known, hostId, name })) return null;
  return wireError('RESOURCE_EXHAUSTED', `The team has reached its limit of ${LIMITS.hostsPerTeam} hosts.`);
}

/** X4: a new host, or one that comes back: under another name, with another key, or both. */
export function enrolHost(
  lobby: Lobby,
  work: UnitOfWork,
  { hostId, name, publicKey }: HostEnrolment,
  code: EnrolmentCode,
): void {
  const known = lobby.hosts.get(hostId);
  const kept = known?.key?.publicKey === publicKey ? known.key : undefined;
  const revision = (known?.key?.revision ?? 0) + 1;
  const key = kept ?? { publicKey, revision, revokedAt: null };
  commit(lobby, { hosts: [{ ...known, hostId, name, key }], usedCodes: [code] }, work);
  work.out.push({ type: 'broadcast', message: hostList(lobby) });
  // Sockets with the old key close; runners that have the new key come back with it.
  if (kept === undefined && known !== undefined)
    disconnectHost(lobby, work, hostId, CLOSE.restart, 'a new key');
}

/** X4: its key is no longer good, wherever it is. Nothing where that is known already. */
export function revokeHost(lobby: Lobby, work: UnitOfWork, hostId: HostId): void {
  const known = lobby.hosts.get(hostId);
  if (known?.key === undefined || known.key.revokedAt !== null) return;
  const key = { ...known.key, revision: known.key.revision + 1, revokedAt: work.now };
  commit(lobby, { hosts: [{ ...known, key }] }, work);
  work.out.push({ type: 'broadcast', message: hostList(lobby) });
  disconnectHost(lobby, work, hostId, CLOSE.revoked, 'this host was revoked');
}

const NO_HOST = wireError('INVALID_STATE', 'There is no such host');

export const revokeRefusal = (lobby: Lobby, hostId: HostId): WireError | null =>
  lobby.hosts.has(hostId) ? null : NO_HOST;

/** Why a host may not be forgotten; null: it may. */
export function deleteRefusal(lobby: Lobby, hostId: HostId): WireError | null {
  const known = lobby.hosts.get(hostId);
  if (known === undefined) return NO_HOST;
  if (known.key !== undefined && known.key.revokedAt === null)
    return wireError('INVALID_STATE', 'Only a host that was revoked can be deleted');
  if (agentsOn(lobby, hostId).length === 0) return null;
  return wireError('INVALID_STATE', 'This host still has agents; delete them first');
}

export function deleteHost(lobby: Lobby, work: UnitOfWork, hostId: HostId): void {
  commit(lobby, { dropHosts: [hostId] }, work);
  work.out.push({ type: 'broadcast', message: hostList(lobby) });
}

/**
 * X4: closes its runner's sockets here, and its keepers' sockets through their rooms, which are called until
 * they confirm.
 */
function disconnectHost(lobby: Lobby, work: UnitOfWork, hostId: HostId, code: number, reason: string): void {
  const agents = agentsOn(lobby, hostId).map((row) => ({ ...row, roomKnows: false }));
  commit(lobby, { agents }, work);
  for (const { spec } of agents) placeRoom(lobby, work, spec.agentUid);
  const { keyRevision: below } = hostKeyStateOf(lobby, hostId);
  // Last: a socket that goes is an event of its own, which undoes what was pending.
  work.out.push({ type: 'close-host', hostId, below, code, reason });
}
