import { err, LIMITS, ok, wireError } from '@muster/protocol';
import { addMember } from '../roster.ts';
import { sameHash } from '../sessions.ts';
import { auditResult, checkGranter, dropExpired, startSession, storeMember } from '../sign-ins.ts';
import type { InvitationRow } from '../types.ts';
import type { Operations } from './operations.ts';

const SPENT = wireError('AUTH_FAILED', 'This invitation was used before, or taken back', { reason: 'used' });
const NO_INVITATION = wireError('NOT_FOUND', 'There is no such invitation', { field: 'id' });
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `${LIMITS.invitationsPerTeam} invitations wait for their use, the most that may`,
);

const withoutHash = ({ hash: _, ...invitation }: InvitationRow) => invitation;

/** X3: one-time links that make members. */
export const invitationOperations: Operations<'invitations' | 'invite' | 'uninvite' | 'accept'> = {
  invitations: (work) =>
    work.invitations
      .all()
      .filter(({ expiresAt }) => expiresAt > work.now)
      .sort((a, b) => a.expiresAt - b.expiresAt)
      .map(withoutHash),
  invite: (work, { by, invitation }) => {
    dropExpired(work);
    const may = checkGranter(work, by);
    const full = work.invitations.all().length >= LIMITS.invitationsPerTeam;
    const allowed = may.ok && full ? err(FULL) : may;
    const { id, name, role, agents, email } = invitation;
    const details = JSON.stringify({ name, role, agents, email });
    auditResult(work, by, { action: 'member:invite', target: id, details }, allowed);
    if (!allowed.ok) return allowed;
    const row = { ...invitation, createdBy: by.memberId, createdAt: work.now };
    work.invitations.put(row);
    return ok(withoutHash(row));
  },
  uninvite: (work, { by, id }) => {
    const may = checkGranter(work, by);
    const known = work.invitations.get(id) === null ? err(NO_INVITATION) : ok(null);
    const result = may.ok ? known : may;
    if (result.ok) work.invitations.drop(id);
    return auditResult(work, by, { action: 'member:uninvite', target: id }, result);
  },
  accept: (work, { id, hash, memberId, device }) => {
    const invitation = work.invitations.get(id);
    const usable = invitation !== null && sameHash(invitation.hash, hash) && invitation.expiresAt > work.now;
    if (!usable) return err(SPENT);
    const row = addMember(work.members.all(), memberId, invitation, work.now);
    const { name, role, createdBy } = invitation;
    const actor = { id: memberId, name, role, address: device.address };
    const action = { action: 'member:accept', target: id, details: `invited by ${createdBy}` };
    if (!row.ok) {
      work.auditRefusal(actor, action, row.error);
      return row;
    }
    work.audit(actor, action);
    work.invitations.drop(id);
    storeMember(work, row.value);
    return startSession(work, row.value, device);
  },
};
