import { err, ok, type PasskeySummary, type Result, type WireError, wireError } from '@muster/protocol';
import type { PasskeyRow } from './types.ts';

const MAY_BE_A_COPY = wireError('AUTH_FAILED', 'This passkey may be a copy: its counter went back');

/** As its owner sees it. */
export const passkeySummary = ({ id, name, createdAt, usedAt }: PasskeyRow): PasskeySummary => ({
  id,
  name,
  createdAt,
  usedAt,
});

/** X3: one that counts its signatures counts up; many passkeys do not count and always say 0. */
export function recordUse(row: PasskeyRow, counter: number, now: number): Result<PasskeyRow, WireError> {
  const counts = counter > 0 || row.counter > 0;
  return counts && counter <= row.counter ? err(MAY_BE_A_COPY) : ok({ ...row, counter, usedAt: now });
}
