import { err, ok, type Result, type WireError } from '@muster/protocol';
import type {
  AccessRights,
  Device,
  Identity,
  IdentityQuery,
  MemberRow,
  OneTimeCode,
  TokenDevice,
} from '../core/identity/index.ts';
import { recognize, SIGN_IN_ENDED } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';
import { startSession } from './start-session.ts';

/** X2, X3: members who sign in at an issuer's own page. */
export const issuerHandlers = (
  context: IdentityContext,
): Pick<IdentityHandlers, 'recognised' | 'sign-in-by-issuer'> => ({
  recognised: ({ identity }, now) => {
    const member = recognize(context.store.members(), identity, now);
    return member.ok ? ok(member.value.id) : member;
  },
  'sign-in-by-issuer': ({ identity, memberId, right, flow, device }, now) => {
    const member = recognize(context.store.members(), identity, now);
    // The refresh token was signed for the member recognized a moment ago.
    if (member.ok && member.value.id !== memberId) return err(SIGN_IN_ENDED);
    if (member.ok && flow !== undefined && !context.spendCode(flow.code, flow.expiresAt, now))
      return err(SIGN_IN_ENDED);
    return member.ok ? signIn(context, { member: member.value, identity, right, device }, now) : member;
  },
});

/** X2: an issuer's token starts a session once; signed out, or its member removed, it starts no other. */
export function rightsByIdentity(
  context: IdentityContext,
  { identity, device }: IdentityQuery,
  now: number,
): Result<AccessRights, WireError> {
  const { sid, expiresAt } = device;
  const open = context.store.session(sid);
  if (open !== null) return context.rights({ kind: 'session', memberId: open.memberId, sid }, now);
  const member = recognize(context.store.members(), identity, now);
  if (!member.ok) return member;
  return signIn(context, { member: member.value, identity, right: { code: sid, expiresAt }, device }, now);
}

interface IssuerSignIn {
  readonly member: MemberRow;
  readonly identity: Identity;
  readonly right: OneTimeCode;
  readonly device: TokenDevice & Partial<Device>;
}

function signIn(
  context: IdentityContext,
  { member, identity, right, device }: IssuerSignIn,
  now: number,
): Result<AccessRights, WireError> {
  if (!context.spendCode(right.code, right.expiresAt, now)) return err(SIGN_IN_ENDED);
  const details = `by ${identity.issuer}`;
  context.audit({ ...member, address: device.address }, { action: 'member:signin', details }, now);
  if (context.store.member(member.id) === null) context.putMember(member, now);
  return startSession(context, member, device, now);
}
