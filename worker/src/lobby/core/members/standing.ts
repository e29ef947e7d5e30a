import { allows, err, LIMITS, ok, type Result, type Role, type WireError, wireError } from '@muster/protocol';
import { tokenSid } from '../../../auth/claims.ts';
import { sameHash } from './sessions.ts';
import type { Login, MemberRow, SessionRow, Standing, StandingChange, TokenRow } from './types.ts';

/** One answer for all that does not let somebody in: which it was helps only who tries. */
export const NOBODY = wireError('AUTH_FAILED', 'This sign-in has ended');

const limitsOf = (...rows: readonly Pick<MemberRow, 'agents'>[]) =>
  rows.flatMap(({ agents }) => (agents === null ? [] : [agents]));

/** X5: what a session's member may do now; `member` and `session`: null where there is none. */
export function standingOf(
  member: MemberRow | null,
  session: SessionRow | null,
  revision: number,
  now: number,
): Result<Standing, WireError> {
  if (member === null || member.removedAt !== null) return err(NOBODY);
  if (session === null || session.memberId !== member.id || session.expiresAt <= now) return err(NOBODY);
  const { id, name, role } = member;
  const { sid, expiresAt } = session;
  return ok({ member: { id, name, role }, agents: limitsOf(member), sid, expiresAt, revision });
}

/** X5: what an API token may do now: what it was made for, and never more than its maker may. */
export function tokenStanding(
  maker: MemberRow | null,
  token: TokenRow | null,
  revision: number,
  now: number,
): Result<Standing, WireError> {
  if (maker === null || maker.removedAt !== null) return err(NOBODY);
  if (token === null || token.createdBy !== maker.id || token.expiresAt <= now) return err(NOBODY);
  const member = { id: maker.id, name: tokenName(maker, token), role: lesser(maker.role, token.role) };
  const agents = limitsOf(maker, token);
  return ok({ member, agents, sid: tokenSid(token.id), expiresAt: token.expiresAt, revision });
}

/** The same, for who brings one. */
export const opened = (token: TokenRow | null, hash: string): TokenRow | null =>
  token !== null && sameHash(token.hash, hash) ? token : null;

const lesser = (one: Role, other: Role): Role => (allows(one, other) ? other : one);

/** As he is shown, and is on record, when it was a token. */
const tokenName = ({ name }: MemberRow, token: TokenRow): string =>
  `${name} (${token.name})`.slice(0, LIMITS.nameChars);

/** X5: what a member's sessions and tokens may do from now on. */
export function memberChanges(
  member: MemberRow,
  tokens: readonly TokenRow[],
  revision: number,
  now: number,
): StandingChange[] {
  const { id, name, role } = member;
  const who = { kind: 'member', memberId: id } as const;
  if (member.removedAt !== null) return [{ who, standing: null, revision }];
  const own: StandingChange = { who, standing: { name, role, agents: limitsOf(member) }, revision };
  return [own, ...tokens.map((token) => tokenChange(member, token, revision, now))];
}

function tokenChange(maker: MemberRow, token: TokenRow, revision: number, now: number): StandingChange {
  const who = { kind: 'session', sid: tokenSid(token.id) } as const;
  const result = tokenStanding(maker, token, revision, now);
  if (!result.ok) return { who, standing: null, revision };
  const { member, agents } = result.value;
  return { who, standing: { name: member.name, role: member.role, agents: [...agents] }, revision };
}

/** X3: whom a one-time link signs in: the member as he is known, or a new one by the word of who holds the team's key. */
export function signedIn(known: MemberRow | null, { member }: Login, now: number): MemberRow | null {
  if (known !== null) return known.removedAt === null ? known : null;
  return { ...member, email: null, agents: null, createdAt: now, removedAt: null };
}
