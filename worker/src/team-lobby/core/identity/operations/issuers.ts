import { err, ok, type Result, type WireError } from '@muster/protocol';
import { SIGN_IN_ENDED } from '../access-rights.ts';
import { recognize } from '../identities.ts';
import { rightsOf, startSession, storeMember } from '../sign-ins.ts';
import type {
  AccessRights,
  Device,
  Identity,
  IdentityQuery,
  MemberRow,
  OneTimeCode,
  TokenDevice,
} from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { Operations } from './operations.ts';

/** X2, X3: members who sign in at an issuer's own page. */
export const issuerOperations: Operations<'recognised' | 'sign-in-by-issuer'> = {
  recognised: (work, { identity }) => {
    const member = recognize(work.members.all(), identity, work.now);
    return member.ok ? ok(member.value.id) : member;
  },
  'sign-in-by-issuer': (work, { identity, memberId, right, flow, device }) => {
    const member = recognize(work.members.all(), identity, work.now);
    // The refresh token was signed for the member recognized a moment ago.
    if (member.ok && member.value.id !== memberId) return err(SIGN_IN_ENDED);
    if (member.ok && flow !== undefined && !work.spendCode(flow)) return err(SIGN_IN_ENDED);
    return member.ok ? signIn(work, { member: member.value, identity, right, device }) : member;
  },
};

/** X2: an issuer's token starts a session once; signed out, or its member removed, it starts no other. */
export function rightsByIdentity(
  work: UnitOfWork,
  { identity, device }: IdentityQuery,
): Result<AccessRights, WireError> {
  const { sid, expiresAt } = device;
  const open = work.sessions.get(sid);
  if (open !== null) return rightsOf(work, { kind: 'session', memberId: open.memberId, sid });
  const member = recognize(work.members.all(), identity, work.now);
  if (!member.ok) return member;
  return signIn(work, { member: member.value, identity, right: { code: sid, expiresAt }, device });
}

interface IssuerSignIn {
  readonly member: MemberRow;
  readonly identity: Identity;
  readonly right: OneTimeCode;
  readonly device: TokenDevice & Partial<Device>;
}

function signIn(
  work: UnitOfWork,
  { member, identity, right, device }: IssuerSignIn,
): Result<AccessRights, WireError> {
  if (!work.spendCode(right)) return err(SIGN_IN_ENDED);
  const details = `by ${identity.issuer}`;
  work.audit({ ...member, address: device.address }, { action: 'member:signin', details });
  if (work.members.get(member.id) === null) storeMember(work, member);
  return startSession(work, member, device);
}
