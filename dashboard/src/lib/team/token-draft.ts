import { type ApiToken, type Result, type Role, TokenInputSchema } from '@muster/protocol';
import type * as z from 'zod';
import type { Errors } from './errors.ts';
import { type LimitDraft, limitDraft } from './limit.ts';
import { validateDraft } from './validate-draft.ts';

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
type TokenErrors = Errors<(typeof TOKEN_FIELDS)[number]>;
export type TokenInput = z.infer<typeof TokenInputSchema>;

/** The least that a script may need. */
export const emptyToken = (): TokenDraft => ({ name: '', role: 'viewer', limit: limitDraft(null), days: 30 });

/** Returns the input to send, or the errors by field. */
export const toTokenInput = ({ name, role, limit, days }: TokenDraft): Result<TokenInput, TokenErrors> =>
  validateDraft(TOKEN_FIELDS, TokenInputSchema, { name, role, expiresIn: days * DAY }, limit);

/** One's own first, then by when they were made, the newest first. */
export const byOwner = (tokens: readonly ApiToken[], me: string): readonly ApiToken[] =>
  [...tokens].sort(
    (a, b) => Number(b.createdBy === me) - Number(a.createdBy === me) || b.createdAt - a.createdAt,
  );
