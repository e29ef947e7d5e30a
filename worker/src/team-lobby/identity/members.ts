import { MemberIdSchema, ok } from '@muster/protocol';
import type { MemberRow } from '../core/identity/index.ts';
import { addMember, changeMember, isPresent, memberDetails, removeMember } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';

const detailsOf = ({ store }: IdentityContext, row: MemberRow) =>
  memberDetails(row, store.sessionsOf(row.id));

/** X5: the members of the team, and the rights of each. */
export const memberHandlers = (
  context: IdentityContext,
): Pick<IdentityHandlers, 'members' | 'add-member' | 'change-member' | 'remove-member'> => ({
  members: () =>
    context.store
      .members()
      .filter(isPresent)
      .map((row) => detailsOf(context, row)),
  'add-member': ({ by, grant }, now) => {
    const id = MemberIdSchema.parse(crypto.randomUUID());
    const may = context.mayGrant(by, now);
    const row = may.ok ? addMember(context.store.members(), id, grant, now) : may;
    context.auditResult(
      by,
      { action: 'member:create', target: id, details: JSON.stringify(grant) },
      row,
      now,
    );
    if (!row.ok) return row;
    context.putMember(row.value, now);
    return ok(detailsOf(context, row.value));
  },
  'change-member': ({ by, id, change }, now) => {
    const may = context.mayGrant(by, now);
    const row = may.ok ? changeMember(context.store.members(), id, change) : may;
    context.auditResult(
      by,
      { action: 'member:update', target: id, details: JSON.stringify(change) },
      row,
      now,
    );
    if (!row.ok) return row;
    context.putMember(row.value, now);
    return ok(detailsOf(context, row.value));
  },
  'remove-member': ({ by, id }, now) => {
    const may = context.mayGrant(by, now);
    const row = may.ok ? removeMember(context.store.members(), id, now) : may;
    context.auditResult(by, { action: 'member:remove', target: id }, row, now);
    if (!row.ok) return row;
    context.putMember(row.value, now);
    return ok(null);
  },
});
