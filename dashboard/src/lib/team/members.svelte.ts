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
import { serverErrors } from './errors.ts';
import { emptyGrant, GRANT_FIELDS, type GrantDraft, type GrantErrors, grantDraft, toGrant } from './grant.ts';

const MembersSchema = z.object({ members: z.array(MemberDetailsSchema) });
const InvitationsSchema = z.object({ invitations: z.array(InvitationSchema) });
const InvitedSchema = z.object({ invitation: InvitationSchema, link: z.string() });
export type Invited = z.infer<typeof InvitedSchema>;

/** Who is in the team and who is asked to be, as admins see it (X5). */
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

/** A form about a member, or one who is to be: what is typed stays, whatever comes back. */
export class GrantForm<T> {
  draft: GrantDraft;
  errors = $state.raw<GrantErrors>({});
  pending = $state(false);
  readonly #send: (grant: MemberGrant) => Promise<Result<T, WireError>>;

  constructor(draft: GrantDraft, order: (grant: MemberGrant) => Promise<Result<T, WireError>>) {
    const held = $state(draft);
    this.draft = held;
    this.#send = order;
  }

  /** What came of it, or null when something has to be mended first. */
  async submit(): Promise<T | null> {
    const grant = toGrant($state.snapshot(this.draft));
    this.errors = grant.ok ? {} : grant.error;
    if (!grant.ok) return null;
    this.pending = true;
    const answer = await this.#send(grant.value);
    this.pending = false;
    if (!answer.ok) this.errors = serverErrors(GRANT_FIELDS, answer.error);
    return answer.ok ? answer.value : null;
  }
}

export const inviteForm = (): GrantForm<Invited> =>
  new GrantForm(emptyGrant(), (grant) => send('POST', '/api/invitations', grant, InvitedSchema));

export const changeForm = (member: MemberDetails): GrantForm<MemberDetails> =>
  new GrantForm(grantDraft(member), (grant) =>
    send('PATCH', `/api/members/${encodeURIComponent(member.id)}`, grant, MemberDetailsSchema),
  );
