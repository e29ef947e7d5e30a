import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import type { AccessRights, ActingMember, IdentityInput, PasskeyRow } from '../core/identity/index.ts';
import { isPresent, passkeySummary, recordUse, SIGN_IN_ENDED } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';
import { startSession } from './start-session.ts';

const SPENT = wireError('AUTH_FAILED', 'This sign-in by passkey was used before; try again');
const NO_PASSKEY = wireError('NOT_FOUND', 'There is no such passkey', { field: 'id' });
const TAKEN = wireError('INVALID_STATE', 'This passkey belongs to a member already');
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `a member has at most ${LIMITS.passkeysPerMember} passkeys; delete one first`,
);

/** X3: passkeys. The Worker has verified their signatures; here each challenge counts once. */
export const passkeyHandlers = (
  context: IdentityContext,
): Pick<
  IdentityHandlers,
  'passkeys' | 'add-passkey' | 'remove-passkey' | 'passkey' | 'sign-in-by-passkey'
> => ({
  passkeys: ({ memberId }) => context.store.passkeysOf(memberId),
  passkey: (ask, now) => passkeyForChallenge(context, ask, now),
  'add-passkey': (ask, now) => {
    const { by, passkey } = ask;
    const may = mayAdd(context, ask, now);
    const action = { action: 'passkey:add', target: passkey.id, details: passkey.name };
    context.auditResult(by, action, may, now);
    if (!may.ok) return may;
    const row = { ...passkey, memberId: by.memberId, createdAt: now, usedAt: null };
    context.store.putPasskey(row);
    return ok(passkeySummary(row));
  },
  'remove-passkey': ({ by, id }, now) => {
    const known = context.store.passkey(id);
    if (known === null || known.memberId !== by.memberId) return err(NO_PASSKEY);
    if (!hasSession(context, by, now)) return err(SIGN_IN_ENDED);
    context.store.dropPasskey(id);
    const action = { action: 'passkey:remove', target: id, details: known.name };
    return context.auditResult(by, action, ok(null), now);
  },
  'sign-in-by-passkey': (ask, now) => {
    const known = context.store.passkey(ask.id);
    return known === null ? err(SIGN_IN_ENDED) : signIn(context, known, ask, now);
  },
});

/** X14: the challenge is spent before the signature is checked. For an unknown passkey nothing is written. */
function passkeyForChallenge(
  context: IdentityContext,
  { id, right, address = null }: IdentityInput<'passkey'>,
  now: number,
): PasskeyRow | null {
  const known = context.store.passkey(id);
  if (known === null || right === undefined) return known;
  if (context.spendCode(right.code, right.expiresAt, now)) return known;
  const member = context.store.member(known.memberId);
  const action = { action: 'member:signin', target: id, details: `by passkey ${known.name}` };
  if (member !== null) context.audit({ ...member, address }, action, now, SPENT);
  return null;
}

/** A script's token makes no way in that outlives it. */
const hasSession = ({ store }: IdentityContext, { memberId, sid }: ActingMember, now: number): boolean => {
  const session = store.session(sid);
  return session !== null && session.memberId === memberId && session.expiresAt > now;
};

function mayAdd(
  context: IdentityContext,
  { by, right, passkey }: IdentityInput<'add-passkey'>,
  now: number,
): Result<null, WireError> {
  if (!hasSession(context, by, now)) return err(SIGN_IN_ENDED);
  if (!context.spendCode(right.code, right.expiresAt, now)) return err(SPENT);
  if (context.store.passkey(passkey.id) !== null) return err(TAKEN);
  return context.store.passkeysOf(by.memberId).length >= LIMITS.passkeysPerMember ? err(FULL) : ok(null);
}

function signIn(
  context: IdentityContext,
  known: PasskeyRow,
  { counter, right, device }: IdentityInput<'sign-in-by-passkey'>,
  now: number,
): Result<AccessRights, WireError> {
  const member = context.store.member(known.memberId);
  if (member === null || !isPresent(member)) return err(SIGN_IN_ENDED);
  const isFirst = context.spendCode(right.code, right.expiresAt, now);
  const row = isFirst ? recordUse(known, counter, now) : err(SPENT);
  const action = { action: 'member:signin', target: known.id, details: `by passkey ${known.name}` };
  context.audit({ ...member, address: device.address }, action, now, row.ok ? undefined : row.error);
  if (!row.ok) return row;
  context.store.putPasskey(row.value);
  return startSession(context, member, device, now);
}
