import { MemberIdSchema, RoleSchema } from '@muster/protocol';
import * as z from 'zod';
import { sentenceOf } from '../rest/to-sentence.ts';

/** The few requests that come before there is a socket. */
const MeSchema = z.object({
  member: z.object({ id: MemberIdSchema, name: z.string().max(100), role: RoleSchema }),
});
export type Member = z.infer<typeof MeSchema>['member'];
const TokenSchema = z.object({ token: z.string().min(1) });
const ErrorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.object({ reason: z.string().optional().catch(undefined) }).optional(),
  }),
});

/** `out`: the server does not know us. `away`: nobody answered, which says nothing about us. */
export type Me = { readonly kind: 'in'; readonly member: Member } | { readonly kind: 'out' | 'away' };

export async function fetchMember(): Promise<Me> {
  try {
    const response = await fetch('/api/auth/me');
    if (response.status === 401) return { kind: 'out' };
    const parsed = MeSchema.safeParse(await response.json());
    return parsed.success ? { kind: 'in', member: parsed.data.member } : { kind: 'away' };
  } catch {
    return { kind: 'away' };
  }
}

/** Renews the cookies and resolves to the new access token; rejects when the sign-in has ended. */
export async function refreshToken(): Promise<string> {
  const response = await fetch('/api/auth/refresh', { method: 'POST' });
  if (!response.ok) throw new Error(`the sign-in could not be renewed (${response.status})`);
  return TokenSchema.parse(await response.json()).token;
}

/** The signed-in member, after renewing an expired sign-in. */
export async function renew(): Promise<Me> {
  try {
    const response = await fetch('/api/auth/refresh', { method: 'POST' });
    if (response.status === 401 || response.status === 403) return { kind: 'out' };
    return response.ok ? await fetchMember() : { kind: 'away' };
  } catch {
    return { kind: 'away' };
  }
}

/** Why nobody was let in. `code` null: no server answered. */
export interface Refusal {
  readonly code: string | null;
  readonly reason: string | null;
  /** A sentence for the person. */
  readonly message: string;
}

/** Exchanges a credential for cookies; null when that worked. */
export async function signInWith(path: string, brought: unknown): Promise<Refusal | null> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(brought),
    });
    if (response.ok) return null;
    const refused = ErrorSchema.safeParse(await response.json().catch(() => null));
    if (!refused.success)
      return { code: 'INTERNAL_ERROR', reason: null, message: `The server answered ${response.status}.` };
    const { error } = refused.data;
    return { code: error.code, reason: error.details?.reason ?? null, message: sentenceOf(error) };
  } catch {
    return { code: null, reason: null, message: 'The server cannot be reached.' };
  }
}

/** Ends this browser's sign-in; false: the server could not be reached. */
export async function signOut(): Promise<boolean> {
  const response = await fetch('/api/auth/signout', { method: 'POST' }).catch(() => null);
  return response?.ok ?? false;
}
