import { MemberIdSchema, ok } from '@muster/protocol';
import type { MemberRow } from '../core/identity/index.ts';
import { addMember, changeMember, isPresent, memberDetails, removeMember } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';

const detailsOf = ({ store }: IdentityContext, row: MemberRow) =>
  memberDetails(row, store.sessionsOf(row.id));

/** X5: who is in the team, and what each may do. */
export const memberHandlers = (
  office: IdentityContext,
): Pick<IdentityHandlers, 'members' | 'add-member' | 'change-member' | 'remove-member'> => ({
  members: () =>
    office.store
      .members()
      .filter(isPresent)
      .map((row) => detailsOf(office, row)),
  'add-member': ({ by, grant }, now) => {
    const id = MemberIdSchema.parse(crypto.randomUUID());
    const may = office.mayGrant(by, now);
    const row = may.ok ? addMember(office.store.members(), id, grant, now) : may;
    office.auditResult(by, { action: 'member:create', target: id, details: JSON.stringify(grant) }, row, now);
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(detailsOf(office, row.value));
  },
  'change-member': ({ by, id, change }, now) => {
    const may = office.mayGrant(by, now);
    const row = may.ok ? changeMember(office.store.members(), id, change) : may;
    office.auditResult(
      by,
      { action: 'member:update', target: id, details: JSON.stringify(change) },
      row,
      now,
    );
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(detailsOf(office, row.value));
  },
  'remove-member': ({ by, id }, now) => {
    const may = office.mayGrant(by, now);
    const row = may.ok ? removeMember(office.store.members(), id, now) : may;
    office.auditResult(by, { action: 'member:remove', target: id }, row, now);
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(null);
  },
});
