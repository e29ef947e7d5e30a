import { LIMITS, type Result, type WireError } from '@muster/protocol';
import { crowdedOut, newSession } from '../core/members/sessions.ts';
import { standingOf } from '../core/members/standing.ts';
import type { Device, MemberRow, Standing, TokenDevice } from '../core/members/types.ts';
import type { Office } from './office.ts';

/** A new session of his. */
export function begin(
  office: Office,
  member: MemberRow,
  device: TokenDevice & Partial<Device>,
  now: number,
): Result<Standing, WireError> {
  const { store } = office;
  office.dropExpired(now);
  const own = store.sessionsOf(member.id);
  for (const { sid } of crowdedOut(own, LIMITS.sessionsPerMember)) office.endSession(sid, now);
  const session = newSession(member.id, device, now);
  store.putSession(session);
  return standingOf(member, session, store.revision(), now);
}
