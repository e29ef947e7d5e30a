import { allows, err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { tokenSid } from '../../auth/claims.ts';
import type { ActingMember, NewToken, TokenRow } from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';

const NO_TOKEN = wireError('NOT_FOUND', 'There is no such token', { field: 'id' });
const TOO_MUCH = wireError('INSUFFICIENT_PERMISSIONS', 'A token may do at most what you may', {
  field: 'role',
});
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `a member has at most ${LIMITS.tokensPerMember} tokens; delete one first`,
);

const withoutHash = ({ hash: _, ...token }: TokenRow) => token;

/** API tokens: a member's right, or a part of it, for a script. */
export const tokenHandlers = (
  context: IdentityContext,
): Pick<IdentityHandlers, 'tokens' | 'make-token' | 'revoke-token'> => ({
  tokens: ({ by }, now) => visibleTokens(context, by, now).map(withoutHash),
  'make-token': ({ by, token }, now) => {
    const row = newToken(context, by, token, now);
    const { id, name, role, agents, expiresAt } = token;
    const details = JSON.stringify({ name, role, agents, expiresAt });
    context.auditResult(by, { action: 'token:create', target: id, details }, row, now);
    if (!row.ok) return row;
    context.store.putToken(row.value);
    return ok(withoutHash(row.value));
  },
  'revoke-token': ({ by, id }, now) => {
    const known = visibleTokens(context, by, now).find((token) => token.id === id);
    if (known === undefined) return err(NO_TOKEN);
    context.endSession(tokenSid(id), now);
    const details = known.createdBy === by.memberId ? known.name : `${known.name}, of ${known.createdBy}`;
    return context.auditResult(by, { action: 'token:delete', target: id, details }, ok(null), now);
  },
});

/** The tokens that this member may see and delete. */
function visibleTokens(context: IdentityContext, by: ActingMember, now: number): readonly TokenRow[] {
  const { store } = context;
  const all = context.mayGrant(by, now).ok ? store.tokens() : store.tokensOf(by.memberId);
  return all.filter(({ expiresAt }) => expiresAt > now);
}

function newToken(
  context: IdentityContext,
  { memberId, sid }: ActingMember,
  token: NewToken,
  now: number,
): Result<TokenRow, WireError> {
  context.dropExpired(now);
  const rights = context.rights({ kind: 'session', memberId, sid }, now);
  if (!rights.ok) return rights;
  if (!allows(rights.value.member.role, token.role)) return err(TOO_MUCH);
  if (context.store.tokensOf(memberId).length >= LIMITS.tokensPerMember) return err(FULL);
  return ok({ ...token, createdBy: memberId, createdAt: now, usedAt: null });
}
