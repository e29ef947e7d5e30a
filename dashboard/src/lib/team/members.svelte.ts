import {
  type Invitation,
  InvitationSchema,
  type MemberDetails,
  MemberDetailsSchema,
  type MemberGrant,
  ok,
  type Result,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { Listing } from '../rest/listing.svelte.ts';
import { remove, send } from '../rest/send.ts';
import { emptyGrant, GRANT_FIELDS, type GrantDraft, grantDraft, toGrant } from './grant.ts';
import { RightsForm } from './rights-form.svelte.ts';

const MembersSchema = z.object({ members: z.array(MemberDetailsSchema) });
const InvitationsSchema = z.object({ invitations: z.array(InvitationSchema) });
const InvitedSchema = z.object({ invitation: InvitationSchema, link: z.string() });
export type Invited = z.infer<typeof InvitedSchema>;

/** The team's members and invitations, as admins see them (X5). */
export class Members {
  readonly members = new Listing<MemberDetails>(async (signal) => {
    const answer = await get('/api/members', {}, MembersSchema, signal);
    return answer.ok ? ok(answer.value.members) : answer;
  });
  readonly invitations = new Listing<Invitation>(async (signal) => {
    const answer = await get('/api/invitations', {}, InvitationsSchema, signal);
    return answer.ok ? ok(answer.value.invitations) : answer;
  });

  async reload(): Promise<void> {
    await Promise.all([this.members.reload(), this.invitations.reload()]);
  }

  remove(id: string): Promise<WireError | null> {
    return this.members.after(remove(`/api/members/${encodeURIComponent(id)}`));
  }

  withdraw(id: string): Promise<WireError | null> {
    return this.invitations.after(remove(`/api/invitations/${encodeURIComponent(id)}`));
  }

  close(): void {
    this.members.close();
    this.invitations.close();
  }
}

/** Actions on a member, or an invitation. */
const grantForm = <T>(draft: GrantDraft, order: (grant: MemberGrant) => Promise<Result<T, WireError>>) =>
  new RightsForm({ draft, fields: GRANT_FIELDS, toInput: toGrant, send: order });
export type GrantForm<T> = ReturnType<typeof grantForm<T>>;

export const inviteForm = (): GrantForm<Invited> =>
  grantForm(emptyGrant(), (grant) => send('POST', '/api/invitations', grant, InvitedSchema));

export const changeForm = (member: MemberDetails): GrantForm<MemberDetails> =>
  grantForm(grantDraft(member), (grant) =>
    send('PATCH', `/api/members/${encodeURIComponent(member.id)}`, grant, MemberDetailsSchema),
  );
