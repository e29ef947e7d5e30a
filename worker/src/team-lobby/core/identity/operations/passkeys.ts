import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { SIGN_IN_ENDED } from '../access-rights.ts';
import { passkeySummary, recordUse } from '../passkeys.ts';
import { isPresent } from '../roster.ts';
import { auditResult, startSession } from '../sign-ins.ts';
import type { AccessRights, ActingMember, IdentityInput, PasskeyRow } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { Operations } from './operations.ts';

const SPENT = wireError('AUTH_FAILED', 'This sign-in by passkey was used before; try again');
const NO_PASSKEY = wireError('NOT_FOUND', 'There is no such passkey', { field: 'id' });
const TAKEN = wireError('INVALID_STATE', 'This passkey belongs to a member already');
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `a member has at most ${LIMITS.passkeysPerMember} passkeys; delete one first`,
);

/** X3: passkeys. The Worker has verified their signatures; here each challenge counts once. */
export const passkeyOperations: Operations<
  'passkeys' | 'add-passkey' | 'remove-passkey' | 'passkey' | 'sign-in-by-passkey'
> = {
  passkeys: (work, { memberId }) => work.passkeys.ofMember(memberId),
  passkey: (work, ask) => passkeyForChallenge(work, ask),
  'add-passkey': (work, ask) => {
    const { by, passkey } = ask;
    const may = mayAdd(work, ask);
    auditResult(work, by, { action: 'passkey:add', target: passkey.id, details: passkey.name }, may);
    if (!may.ok) return may;
    const row = { ...passkey, memberId: by.memberId, createdAt: work.now, usedAt: null };
    work.passkeys.put(row);
    return ok(passkeySummary(row));
  },
  'remove-passkey': (work, { by, id }) => {
    const known = work.passkeys.get(id);
    if (known === null || known.memberId !== by.memberId) return err(NO_PASSKEY);
    if (!hasSession(work, by)) return err(SIGN_IN_ENDED);
    work.passkeys.drop(id);
    return auditResult(work, by, { action: 'passkey:remove', target: id, details: known.name }, ok(null));
  },
  'sign-in-by-passkey': (work, ask) => {
    const known = work.passkeys.get(ask.id);
    return known === null ? err(SIGN_IN_ENDED) : signIn(work, known, ask);
  },
};

const signInBy = ({ id, name }: PasskeyRow) => ({
  action: 'member:signin',
  target: id,
  details: `by passkey ${name}`,
});

/** X14: the challenge is spent before the signature is checked. For an unknown passkey nothing is written. */
function passkeyForChallenge(
  work: UnitOfWork,
  { id, right, address = null }: IdentityInput<'passkey'>,
): PasskeyRow | null {
  const known = work.passkeys.get(id);
  if (known === null || right === undefined) return known;
  if (work.spendCode(right)) return known;
  const member = work.members.get(known.memberId);
  if (member !== null) work.auditRefusal({ ...member, address }, signInBy(known), SPENT);
  return null;
}

/** A script's token makes no way in that outlives it. */
const hasSession = (work: UnitOfWork, { memberId, sid }: ActingMember): boolean => {
  const session = work.sessions.get(sid);
  return session !== null && session.memberId === memberId && session.expiresAt > work.now;
};

function mayAdd(
  work: UnitOfWork,
  { by, right, passkey }: IdentityInput<'add-passkey'>,
): Result<null, WireError> {
  if (!hasSession(work, by)) return err(SIGN_IN_ENDED);
  if (!work.spendCode(right)) return err(SPENT);
  if (work.passkeys.get(passkey.id) !== null) return err(TAKEN);
  return work.passkeys.ofMember(by.memberId).length >= LIMITS.passkeysPerMember ? err(FULL) : ok(null);
}

function signIn(
  work: UnitOfWork,
  known: PasskeyRow,
  { counter, right, device }: IdentityInput<'sign-in-by-passkey'>,
): Result<AccessRights, WireError> {
  const member = work.members.get(known.memberId);
  if (member === null || !isPresent(member)) return err(SIGN_IN_ENDED);
  const row = work.spendCode(right) ? recordUse(known, counter, work.now) : err(SPENT);
  const actor = { ...member, address: device.address };
  if (!row.ok) {
    work.auditRefusal(actor, signInBy(known), row.error);
    return row;
  }
  work.audit(actor, signInBy(known));
  work.passkeys.put(row.value);
  return startSession(work, member, device);
}
