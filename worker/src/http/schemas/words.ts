import { AgentIdSchema, LIMITS, MemberIdSchema, MemberSchema, PLACE } from '@muster/protocol';
import * as z from 'zod';
import { HISTORY } from '../../history/types.ts';

/** Schemas shared by routes of several resources. */

export const list = <T extends z.ZodType>(name: string, item: T) => z.object({ [name]: z.array(item) });

/** A row of what is ended or taken away, and answers nothing. */
export const ends = (summary: string) => ({ summary, status: 204 }) as const;

export const done = z.object({});
export const token = z.object({ token: z.string(), expiresAt: z.number() });
export const signedIn = token.extend({ member: MemberSchema });
/** A one-time code, or a token. */
export const code = z.string().min(1).max(LIMITS.tokenChars);

const ENTRIES = { most: 200, usual: 50 } as const;
export const limit = z.coerce.number().int().min(1).max(ENTRIES.most).default(ENTRIES.usual);
export const sequence = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Where the page after this one begins; null: there is none. */
export const next = z.number().nullable();

/** ms since 1970 up to which history's ids are exact. */
const MOST_MS = Math.floor(Number.MAX_SAFE_INTEGER / HISTORY.idsPerMs) - 1;
export const whole = z.coerce.number().int();
export const time = whole.min(0).max(MOST_MS);

export const place = z.string().regex(PLACE, 'must be <epoch>:<sequence>');
export const about = { agent: AgentIdSchema.optional(), member: MemberIdSchema.optional() };
/** The ids of commands and actions. */
export const named = z.string().min(1).max(LIMITS.messageIdChars).optional();
