import {
  err,
  type MemberDetails,
  type MemberGrant,
  MemberGrantSchema,
  ok,
  type Result,
  type Role,
} from '@muster/protocol';
import { onDay } from '../time.ts';
import { type Errors, ownErrors } from './errors.ts';
import { type LimitDraft, limitDraft, toLimit } from './limit.ts';

/** What an admin says of a member, as a form holds it. */
export interface GrantDraft {
  name: string;
  role: Role;
  /** Empty: none. */
  email: string;
  limit: LimitDraft;
}

export const GRANT_FIELDS = ['name', 'role', 'agents', 'email'] as const;
export type GrantErrors = Errors<(typeof GRANT_FIELDS)[number]>;

export const emptyGrant = (): GrantDraft => ({
  name: '',
  role: 'operator',
  email: '',
  limit: limitDraft(null),
});

export const grantDraft = ({ name, role, email, agents }: MemberDetails): GrantDraft => ({
  name,
  role,
  email: email ?? '',
  limit: limitDraft(agents),
});

/** `last seen today`, as far as his sign-ins tell. */
export function seenWords({ seenAt, createdAt }: MemberDetails, now: number): string {
  if (seenAt !== null) return `last seen ${onDay(seenAt, now)}`;
  return `signed in nowhere, joined ${onDay(createdAt, now)}`;
}

/** What to send, or what to mend. */
export function toGrant({ name, role, email, limit }: GrantDraft): Result<MemberGrant, GrantErrors> {
  const agents = toLimit(limit);
  const parsed = MemberGrantSchema.safeParse({
    name,
    role,
    email: email.trim() === '' ? null : email,
    agents: agents.ok ? agents.value : null,
  });
  if (parsed.success && agents.ok) return ok(parsed.data);
  return err({
    ...(parsed.success ? {} : ownErrors(GRANT_FIELDS, parsed.error.issues)),
    ...(agents.ok ? {} : { agents: agents.error }),
  });
}
