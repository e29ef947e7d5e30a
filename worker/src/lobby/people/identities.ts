import { err, ok, type Result, type WireError } from '@muster/protocol';
import { recognised } from '../core/members/identities.ts';
import { NOBODY } from '../core/members/standing.ts';
import type {
  Device,
  Identity,
  IdentityAsk,
  MemberRow,
  OneTime,
  Standing,
  TokenDevice,
} from '../core/members/types.ts';
import { begin } from './begin.ts';
import type { Desk, Office } from './office.ts';

/** X2, X3: who comes from an issuer's own page. */
export const identityDesk = (office: Office): Pick<Desk, 'recognised' | 'sign-in-by-issuer'> => ({
  recognised: ({ identity }, now) => {
    const member = recognised(office.store.members(), identity, now);
    return member.ok ? ok(member.value.id) : member;
  },
  'sign-in-by-issuer': ({ identity, memberId, right, flow, device }, now) => {
    const member = recognised(office.store.members(), identity, now);
    // The refresh token is signed for whom it was a moment ago.
    if (member.ok && member.value.id !== memberId) return err(NOBODY);
    if (member.ok && flow !== undefined && !office.spend(flow.code, flow.expiresAt, now)) return err(NOBODY);
    return member.ok ? enter(office, { member: member.value, identity, right, device }, now) : member;
  },
});

/** X2: an issuer's token starts a session once; signed out, or its member removed, it starts no other. */
export function byIdentity(
  office: Office,
  { identity, device }: IdentityAsk,
  now: number,
): Result<Standing, WireError> {
  const { sid, expiresAt } = device;
  const open = office.store.session(sid);
  if (open !== null) return office.standing({ kind: 'session', memberId: open.memberId, sid }, now);
  const member = recognised(office.store.members(), identity, now);
  if (!member.ok) return member;
  return enter(office, { member: member.value, identity, right: { code: sid, expiresAt }, device }, now);
}

interface Entry {
  readonly member: MemberRow;
  readonly identity: Identity;
  readonly right: OneTime;
  readonly device: TokenDevice & Partial<Device>;
}

function enter(
  office: Office,
  { member, identity, right, device }: Entry,
  now: number,
): Result<Standing, WireError> {
  if (!office.spend(right.code, right.expiresAt, now)) return err(NOBODY);
  const details = `by ${identity.issuer}`;
  office.note({ ...member, address: device.address }, { action: 'member:signin', details }, now);
  if (office.store.member(member.id) === null) office.putMember(member, now);
  return begin(office, member, device, now);
}
