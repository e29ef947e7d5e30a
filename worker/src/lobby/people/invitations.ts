import { err, LIMITS, ok, wireError } from '@muster/protocol';
import { added } from '../core/members/roster.ts';
import { sameHash } from '../core/members/sessions.ts';
import type { InvitationRow } from '../core/members/types.ts';
import { begin } from './begin.ts';
import type { Desk, Office } from './office.ts';

const SPENT = wireError('AUTH_FAILED', 'code: was used before, or taken back');
const NO_INVITATION = wireError('NOT_FOUND', 'id: there is no such invitation', { field: 'id' });
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `${LIMITS.invitationsPerTeam} invitations wait for their use, the most that may`,
);

const shown = ({ hash: _, ...invitation }: InvitationRow) => invitation;

/** X3: one-time links that make members. */
export const invitationDesk = (
  office: Office,
): Pick<Desk, 'invitations' | 'invite' | 'uninvite' | 'accept'> => ({
  invitations: (_, now) =>
    office.store
      .invitations()
      .filter(({ expiresAt }) => expiresAt > now)
      .map(shown),
  invite: ({ by, invitation }, now) => {
    office.dropExpired(now);
    const may = office.mayGrant(by, now);
    const full = office.store.invitations().length >= LIMITS.invitationsPerTeam;
    const allowed = may.ok && full ? err(FULL) : may;
    const { id, name, role, agents, email } = invitation;
    const details = JSON.stringify({ name, role, agents, email });
    office.noted(by, { action: 'member:invite', target: id, details }, allowed, now);
    if (!allowed.ok) return allowed;
    const row = { ...invitation, createdBy: by.memberId, createdAt: now };
    office.store.putInvitation(row);
    return ok(shown(row));
  },
  uninvite: ({ by, id }, now) => {
    const may = office.mayGrant(by, now);
    const known = office.store.invitation(id) === null ? err(NO_INVITATION) : ok(null);
    const result = may.ok ? known : may;
    if (result.ok) office.store.dropInvitation(id);
    return office.noted(by, { action: 'member:uninvite', target: id }, result, now);
  },
  accept: ({ id, hash, memberId, device }, now) => {
    const invitation = office.store.invitation(id);
    const usable = invitation !== null && sameHash(invitation.hash, hash) && invitation.expiresAt > now;
    if (!usable) return err(SPENT);
    const row = added(office.store.members(), memberId, invitation, now);
    const { name, role } = invitation;
    const actor = { id: memberId, name, role, address: device.address };
    const details = `invited by ${invitation.createdBy}`;
    const error = row.ok ? undefined : row.error;
    office.note(actor, { action: 'member:accept', target: id, details }, now, error);
    if (!row.ok) return row;
    office.store.dropInvitation(id);
    office.putMember(row.value, now);
    return begin(office, row.value, device, now);
  },
});
