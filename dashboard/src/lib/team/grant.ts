import {
  type MemberDetails,
  type MemberGrant,
  MemberGrantSchema,
  type Result,
  type Role,
} from '@muster/protocol';
import { onDay } from '../time.ts';
import type { Errors } from './errors.ts';
import { type LimitDraft, limitDraft } from './limit.ts';
import { validateDraft } from './validate-draft.ts';

/** A member's grant, as a form holds it. */
export interface GrantDraft {
  name: string;
  role: Role;
  /** Empty: none. */
  email: string;
  limit: LimitDraft;
}

export const GRANT_FIELDS = ['name', 'role', 'agents', 'email'] as const;
type GrantErrors = Errors<(typeof GRANT_FIELDS)[number]>;

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

/** `last seen today`, as far as the member's sign-ins tell. */
export function seenWords({ seenAt, createdAt }: MemberDetails, now: number): string {
  if (seenAt !== null) return `last seen ${onDay(seenAt, now)}`;
  return `signed in nowhere, joined ${onDay(createdAt, now)}`;
}

/** Returns the input to send, or the errors by field. */
export const toGrant = ({ name, role, email, limit }: GrantDraft): Result<MemberGrant, GrantErrors> =>
  validateDraft(
    GRANT_FIELDS,
    MemberGrantSchema,
    { name, role, email: email.trim() === '' ? null : email },
    limit,
  );
