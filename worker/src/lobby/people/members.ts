import { MemberIdSchema, ok } from '@muster/protocol';
import { added, changed, isPresent, memberDetails, removed } from '../core/members/roster.ts';
import type { MemberRow } from '../core/members/types.ts';
import type { Desk, Office } from './office.ts';

const detailsOf = ({ store }: Office, row: MemberRow) => memberDetails(row, store.sessionsOf(row.id));

/** X5: who is in the team, and what each may do. */
export const memberDesk = (
  office: Office,
): Pick<Desk, 'members' | 'add-member' | 'change-member' | 'remove-member'> => ({
  members: () =>
    office.store
      .members()
      .filter(isPresent)
      .map((row) => detailsOf(office, row)),
  'add-member': ({ by, grant }, now) => {
    const id = MemberIdSchema.parse(crypto.randomUUID());
    const may = office.mayGrant(by, now);
    const row = may.ok ? added(office.store.members(), id, grant, now) : may;
    office.noted(by, { action: 'member:create', target: id, details: JSON.stringify(grant) }, row, now);
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(detailsOf(office, row.value));
  },
  'change-member': ({ by, id, change }, now) => {
    const may = office.mayGrant(by, now);
    const row = may.ok ? changed(office.store.members(), id, change) : may;
    office.noted(by, { action: 'member:update', target: id, details: JSON.stringify(change) }, row, now);
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(detailsOf(office, row.value));
  },
  'remove-member': ({ by, id }, now) => {
    const may = office.mayGrant(by, now);
    const row = may.ok ? removed(office.store.members(), id, now) : may;
    office.noted(by, { action: 'member:remove', target: id }, row, now);
    if (!row.ok) return row;
    office.putMember(row.value, now);
    return ok(null);
  },
});
