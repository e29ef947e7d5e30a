import type { WireError } from '@muster/protocol';
import * as z from 'zod';

/** One answer of `/api/audit/verify`: it checks a part, and says where to go on. */
export const VerifyAnswerSchema = z.object({
  state: z.enum(['intact', 'broken']),
  checked: z.number().int().min(0),
  rows: z.number().int().min(0),
  fault: z.object({ sequence: z.number().int(), kind: z.enum(['missing', 'changed', 'cut-off']) }).nullable(),
  next: z.number().int().nullable(),
});
export type VerifyAnswer = z.infer<typeof VerifyAnswerSchema>;

/** The verification so far. `at`: ms since 1970. */
export type Verification =
  | { readonly name: 'unknown' }
  | { readonly name: 'checking'; readonly checked: number; readonly rows: number | null }
  | { readonly name: 'intact'; readonly checked: number; readonly at: number }
  | {
      readonly name: 'broken';
      readonly kind: 'missing' | 'changed' | 'cut-off';
      readonly sequence: number;
      readonly checked: number;
      readonly at: number;
    }
  | { readonly name: 'failed'; readonly error: WireError };

export const BEGUN: Verification = { name: 'checking', checked: 0, rows: null };

/** Adds an answer to the verification so far. */
export function verified(before: Verification, answer: VerifyAnswer, now: number): Verification {
  const checked = (before.name === 'checking' ? before.checked : 0) + answer.checked;
  if (answer.fault !== null) return { name: 'broken', ...answer.fault, checked, at: now };
  if (answer.next !== null) return { name: 'checking', checked, rows: answer.rows };
  return { name: 'intact', checked, at: now };
}

/** The fault and its position, in one sentence. */
export function faultWords(kind: 'missing' | 'changed' | 'cut-off', sequence: number): string {
  switch (kind) {
    case 'missing':
      return `Row ${sequence} is missing: somebody took it out of the database.`;
    case 'changed':
      return `Row ${sequence} is not as it was written: somebody changed it in the database.`;
    case 'cut-off':
      return `The log ends before row ${sequence}: somebody cut off its newest rows.`;
  }
}
