import { allows, err, LIMITS, ok, type Result, type Role, type WireError, wireError } from '@muster/protocol';
import { tokenSid } from '../../../auth/claims.ts';
import { sameHash } from './sessions.ts';
import type { AccessRights, LoginLink, MemberRow, RightsChange, SessionRow, TokenRow } from './types.ts';

/** The one error for every ended sign-in: the exact reason would only help an attacker. */
export const SIGN_IN_ENDED = wireError('AUTH_FAILED', 'This sign-in has ended');

const limitsOf = (...rows: readonly Pick<MemberRow, 'agents'>[]) =>
  rows.flatMap(({ agents }) => (agents === null ? [] : [agents]));

/** X5: what a session's member may do now; `member` and `session`: null where there is none. */
export function sessionRights(
  member: MemberRow | null,
  session: SessionRow | null,
  revision: number,
  now: number,
): Result<AccessRights, WireError> {
  if (member === null || member.removedAt !== null) return err(SIGN_IN_ENDED);
  if (session === null || session.memberId !== member.id || session.expiresAt <= now)
    return err(SIGN_IN_ENDED);
  const { id, name, role } = member;
  const { sid, expiresAt } = session;
  return ok({ member: { id, name, role }, agents: limitsOf(member), sid, expiresAt, revision });
}

/** X5: what an API token may do now: what it was made for, and never more than its maker may. */
export function tokenRights(
  maker: MemberRow | null,
  token: TokenRow | null,
  revision: number,
  now: number,
): Result<AccessRights, WireError> {
  if (maker === null || maker.removedAt !== null) return err(SIGN_IN_ENDED);
  if (token === null || token.createdBy !== maker.id || token.expiresAt <= now) return err(SIGN_IN_ENDED);
  const member = { id: maker.id, name: tokenName(maker, token), role: lesser(maker.role, token.role) };
  const agents = limitsOf(maker, token);
  return ok({ member, agents, sid: tokenSid(token.id), expiresAt: token.expiresAt, revision });
}

/** The token's row if the presented hash is its own. */
export const matchingToken = (token: TokenRow | null, hash: string): TokenRow | null =>
  token !== null && sameHash(token.hash, hash) ? token : null;

const lesser = (one: Role, other: Role): Role => (allows(one, other) ? other : one);

/** How a member is shown, and audited, when they act by a token. */
const tokenName = ({ name }: MemberRow, token: TokenRow): string =>
  `${name} (${token.name})`.slice(0, LIMITS.nameChars);

/** X5: what a member's sessions and tokens may do from now on. */
export function memberRightsChanges(
  member: MemberRow,
  tokens: readonly TokenRow[],
  revision: number,
  now: number,
): RightsChange[] {
  const { id, name, role } = member;
  const who = { kind: 'member', memberId: id } as const;
  if (member.removedAt !== null) return [{ who, standing: null, revision }];
  const own: RightsChange = { who, standing: { name, role, agents: limitsOf(member) }, revision };
  return [own, ...tokens.map((token) => tokenRightsChange(member, token, revision, now))];
}

function tokenRightsChange(maker: MemberRow, token: TokenRow, revision: number, now: number): RightsChange {
  const who = { kind: 'session', sid: tokenSid(token.id) } as const;
  const result = tokenRights(maker, token, revision, now);
  if (!result.ok) return { who, standing: null, revision };
  const { member, agents } = result.value;
  return { who, standing: { name: member.name, role: member.role, agents: [...agents] }, revision };
}

/**
 * X3: the member that a one-time link signs in: the known member, or a new one, since only the holder of the
 * team's key can make links.
 */
export function memberAfterLogin(
  known: MemberRow | null,
  { member }: LoginLink,
  now: number,
): MemberRow | null {
  if (known !== null) return known.removedAt === null ? known : null;
  return { ...member, email: null, agents: null, createdAt: now, removedAt: null };
}
