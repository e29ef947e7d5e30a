import { err, LIMITS, ok, wireError } from '@muster/protocol';
import type { InvitationRow } from '../core/identity/index.ts';
import { addMember, sameHash } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';
import { startSession } from './start-session.ts';

const SPENT = wireError('AUTH_FAILED', 'This invitation was used before, or taken back', { reason: 'used' });
const NO_INVITATION = wireError('NOT_FOUND', 'There is no such invitation', { field: 'id' });
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `${LIMITS.invitationsPerTeam} invitations wait for their use, the most that may`,
);

const withoutHash = ({ hash: _, ...invitation }: InvitationRow) => invitation;

/** X3: one-time links that make members. */
export const invitationHandlers = (
  context: IdentityContext,
): Pick<IdentityHandlers, 'invitations' | 'invite' | 'uninvite' | 'accept'> => ({
  invitations: (_, now) =>
    context.store
      .invitations()
      .filter(({ expiresAt }) => expiresAt > now)
      .map(withoutHash),
  invite: ({ by, invitation }, now) => {
    context.dropExpired(now);
    const may = context.mayGrant(by, now);
    const full = context.store.invitations().length >= LIMITS.invitationsPerTeam;
    const allowed = may.ok && full ? err(FULL) : may;
    const { id, name, role, agents, email } = invitation;
    const details = JSON.stringify({ name, role, agents, email });
    context.auditResult(by, { action: 'member:invite', target: id, details }, allowed, now);
    if (!allowed.ok) return allowed;
    const row = { ...invitation, createdBy: by.memberId, createdAt: now };
    context.store.putInvitation(row);
    return ok(withoutHash(row));
  },
  uninvite: ({ by, id }, now) => {
    const may = context.mayGrant(by, now);
    const known = context.store.invitation(id) === null ? err(NO_INVITATION) : ok(null);
    const result = may.ok ? known : may;
    if (result.ok) context.store.dropInvitation(id);
    return context.auditResult(by, { action: 'member:uninvite', target: id }, result, now);
  },
  accept: ({ id, hash, memberId, device }, now) => {
    const invitation = context.store.invitation(id);
    const usable = invitation !== null && sameHash(invitation.hash, hash) && invitation.expiresAt > now;
    if (!usable) return err(SPENT);
    const row = addMember(context.store.members(), memberId, invitation, now);
    const { name, role } = invitation;
    const actor = { id: memberId, name, role, address: device.address };
    const details = `invited by ${invitation.createdBy}`;
    const error = row.ok ? undefined : row.error;
    context.audit(actor, { action: 'member:accept', target: id, details }, now, error);
    if (!row.ok) return row;
    context.store.dropInvitation(id);
    context.putMember(row.value, now);
    return startSession(context, row.value, device, now);
  },
});
