import { MemberIdSchema, ok } from '@muster/protocol';
import { addMember, changeMember, isPresent, memberDetails, removeMember } from '../roster.ts';
import { auditResult, checkGranter, storeMember } from '../sign-ins.ts';
import type { MemberRow } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { Operations } from './operations.ts';

const detailsOf = (work: UnitOfWork, row: MemberRow) => memberDetails(row, work.sessions.ofMember(row.id));

/** X5: the members of the team, and the rights of each. */
export const memberOperations: Operations<'members' | 'add-member' | 'change-member' | 'remove-member'> = {
  members: (work) =>
    work.members
      .all()
      .filter(isPresent)
      .map((row) => detailsOf(work, row)),
  'add-member': (work, { by, grant }) => {
    const id = MemberIdSchema.parse(work.context.freshId());
    const may = checkGranter(work, by);
    const row = may.ok ? addMember(work.members.all(), id, grant, work.now) : may;
    auditResult(work, by, { action: 'member:create', target: id, details: JSON.stringify(grant) }, row);
    if (!row.ok) return row;
    storeMember(work, row.value);
    return ok(detailsOf(work, row.value));
  },
  'change-member': (work, { by, id, change }) => {
    const may = checkGranter(work, by);
    const row = may.ok ? changeMember(work.members.all(), id, change) : may;
    auditResult(work, by, { action: 'member:update', target: id, details: JSON.stringify(change) }, row);
    if (!row.ok) return row;
    storeMember(work, row.value);
    return ok(detailsOf(work, row.value));
  },
  'remove-member': (work, { by, id }) => {
    const may = checkGranter(work, by);
    const row = may.ok ? removeMember(work.members.all(), id, work.now) : may;
    auditResult(work, by, { action: 'member:remove', target: id }, row);
    if (!row.ok) return row;
    storeMember(work, row.value);
    return ok(null);
  },
};
