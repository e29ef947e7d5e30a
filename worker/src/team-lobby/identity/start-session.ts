import { LIMITS, type Result, type WireError } from '@muster/protocol';
import type { AccessRights, Device, MemberRow, TokenDevice } from '../core/identity/index.ts';
import { newSession, sessionRights, sessionsToEnd } from '../core/identity/index.ts';
import type { IdentityContext } from './identity-context.ts';

/** Starts a session for the member. */
export function startSession(
  context: IdentityContext,
  member: MemberRow,
  device: TokenDevice & Partial<Device>,
  now: number,
): Result<AccessRights, WireError> {
  const { store } = context;
  context.dropExpired(now);
  const own = store.sessionsOf(member.id);
  for (const { sid } of sessionsToEnd(own, LIMITS.sessionsPerMember)) context.endSession(sid, now);
  const session = newSession(member.id, device, now);
  store.putSession(session);
  return sessionRights(member, session, store.revision(), now);
}
