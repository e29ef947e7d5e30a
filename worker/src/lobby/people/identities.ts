import { err, type Result, type WireError } from '@muster/protocol';
import { recognised } from '../core/members/identities.ts';
import { NOBODY } from '../core/members/standing.ts';
import type { IdentityAsk, Standing } from '../core/members/types.ts';
import { begin } from './begin.ts';
import type { Office } from './office.ts';

/** X2: an issuer's token starts a session once; signed out, or its member removed, it starts no other. */
export function byIdentity(
  office: Office,
  { identity, device }: IdentityAsk,
  now: number,
): Result<Standing, WireError> {
  const { sid } = device;
  const { store } = office;
  const open = store.session(sid);
  if (open !== null) return office.standing({ kind: 'session', memberId: open.memberId, sid }, now);
  const member = recognised(store.members(), identity, now);
  if (!member.ok) return member;
  if (!office.spend(sid, device.expiresAt, now)) return err(NOBODY);
  const details = `by ${identity.issuer}`;
  office.note({ ...member.value, address: device.address }, { action: 'member:signin', details }, now);
  if (store.member(member.value.id) === null) office.putMember(member.value, now);
  return begin(office, member.value, device, now);
}
