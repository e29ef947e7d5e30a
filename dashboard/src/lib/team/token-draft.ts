import { type ApiToken, err, ok, type Result, type Role, TokenWishSchema } from '@muster/protocol';
import type * as z from 'zod';
import { type Errors, ownErrors } from './errors.ts';
import { type LimitDraft, limitDraft, toLimit } from './limit.ts';

const DAY = 24 * 3_600_000;

/** How long a token may be made to live; days. */
export const LIFETIMES = [
  [1, '1 day'],
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, '1 year'],
] as const;

/** A token that is to be, as a form holds it. */
export interface TokenDraft {
  name: string;
  role: Role;
  limit: LimitDraft;
  days: number;
}
export const TOKEN_FIELDS = ['name', 'role', 'agents', 'expiresIn'] as const;
export type TokenErrors = Errors<(typeof TOKEN_FIELDS)[number]>;
export type TokenWish = z.infer<typeof TokenWishSchema>;

/** The least that a script may need. */
export const emptyToken = (): TokenDraft => ({ name: '', role: 'viewer', limit: limitDraft(null), days: 30 });

/** What to send, or what to mend. */
export function toWish({ name, role, limit, days }: TokenDraft): Result<TokenWish, TokenErrors> {
  const agents = toLimit(limit);
  const parsed = TokenWishSchema.safeParse({
    name,
    role,
    agents: agents.ok ? agents.value : null,
    expiresIn: days * DAY,
  });
  if (parsed.success && agents.ok) return ok(parsed.data);
  return err({
    ...(parsed.success ? {} : ownErrors(TOKEN_FIELDS, parsed.error.issues)),
    ...(agents.ok ? {} : { agents: agents.error }),
  });
}

/** One's own first, then by when they were made, the newest first. */
export const byOwner = (tokens: readonly ApiToken[], me: string): readonly ApiToken[] =>
  [...tokens].sort(
    (a, b) => Number(b.createdBy === me) - Number(a.createdBy === me) || b.createdAt - a.createdAt,
  );
