import { CLOSE, type HostId, LIMITS, type WireError, wireError } from '@muster/protocol';
import type { HostEnrolment } from '../../rpc.ts';
import { placeRoom } from './errands.ts';
import { factsFit } from './hosts.ts';
import { agentsOn, commit, standingOf } from './state.ts';
import { hostList } from './summaries.ts';
import type { Context, Lobby } from './types.ts';

/** X4: why a team may not have this host with this key; null: it may. */
export function enrolRefusal(lobby: Lobby, { hostId, name, publicKey }: HostEnrolment): WireError | null {
  const known = lobby.hosts.get(hostId);
  if (known?.key?.publicKey === publicKey && known.key.revokedAt !== null)
    return wireError('INVALID_STATE', 'This key was revoked; make a new one', { field: 'publicKey' });
  const room = known !== undefined || lobby.hosts.size < LIMITS.hostsPerTeam;
  if (room && factsFit(lobby, { ...known, hostId, name })) return null;
  return wireError(
    'RESOURCE_EXHAUSTED',
    `The team has ${LIMITS.hostsPerTeam} hosts, the most that it may have`,
  );
}

/** X4: a new host, or one that comes back: under another name, with another key, or both. */
export function enrolled(lobby: Lobby, context: Context, { hostId, name, publicKey }: HostEnrolment): void {
  const known = lobby.hosts.get(hostId);
  const kept = known?.key?.publicKey === publicKey ? known.key : undefined;
  const revision = (known?.key?.revision ?? 0) + 1;
  const key = kept ?? { publicKey, revision, revokedAt: null };
  commit(lobby, { hosts: [{ ...known, hostId, name, key }] }, context);
  context.out.push({ type: 'broadcast', message: hostList(lobby) });
  // Who has the old key only is out; who has the new one comes back with it.
  if (kept === undefined && known !== undefined) shutOut(lobby, context, hostId, CLOSE.restart, 'a new key');
}

/** X4: its key is no longer good, wherever it is. Nothing where that is known already. */
export function revoked(lobby: Lobby, context: Context, hostId: HostId): void {
  const known = lobby.hosts.get(hostId);
  if (known?.key === undefined || known.key.revokedAt !== null) return;
  const key = { ...known.key, revision: known.key.revision + 1, revokedAt: context.now };
  commit(lobby, { hosts: [{ ...known, key }] }, context);
  context.out.push({ type: 'broadcast', message: hostList(lobby) });
  shutOut(lobby, context, hostId, CLOSE.revoked, 'this host was revoked');
}

/** Why a host may not be forgotten; null: it may. */
export function removeRefusal(lobby: Lobby, hostId: HostId): WireError | null {
  const known = lobby.hosts.get(hostId);
  if (known === undefined) return wireError('INVALID_STATE', 'There is no such host');
  if (known.key !== undefined && known.key.revokedAt === null)
    return wireError('INVALID_STATE', 'Only a host that was revoked can be deleted');
  if (agentsOn(lobby, hostId).length === 0) return null;
  return wireError('INVALID_STATE', 'This host still has agents; delete them first');
}

export function hostRemoved(lobby: Lobby, context: Context, hostId: HostId): void {
  commit(lobby, { dropHosts: [hostId] }, context);
  context.out.push({ type: 'broadcast', message: hostList(lobby) });
}

/** X4: its runner's sockets here, and its keepers' through their rooms, which are told until they have heard. */
function shutOut(lobby: Lobby, context: Context, hostId: HostId, code: number, reason: string): void {
  const agents = agentsOn(lobby, hostId).map((row) => ({ ...row, roomKnows: false }));
  commit(lobby, { agents }, context);
  for (const { spec } of agents) placeRoom(lobby, context, spec.agentUid);
  const { keyRevision: below } = standingOf(lobby, hostId);
  // Last: a socket that goes is an event of its own, which undoes what was pending.
  context.out.push({ type: 'close-host', hostId, below, code, reason });
}
