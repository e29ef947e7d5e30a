import { allows, err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { tokenSid } from '../../../../auth/claims.ts';
import { auditResult, checkGranter, dropExpired, endSession, rightsOf } from '../sign-ins.ts';
import type { ActingMember, NewToken, TokenRow } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { Operations } from './operations.ts';

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
export const tokenOperations: Operations<'tokens' | 'make-token' | 'revoke-token'> = {
  tokens: (work, { by }) => visibleTokens(work, by).map(withoutHash),
  'make-token': (work, { by, token }) => {
    const row = newToken(work, by, token);
    const { id, name, role, agents, expiresAt } = token;
    const details = JSON.stringify({ name, role, agents, expiresAt });
    auditResult(work, by, { action: 'token:create', target: id, details }, row);
    if (!row.ok) return row;
    work.tokens.put(row.value);
    return ok(withoutHash(row.value));
  },
  'revoke-token': (work, { by, id }) => {
    const known = visibleTokens(work, by).find((token) => token.id === id);
    if (known === undefined) return err(NO_TOKEN);
    endSession(work, tokenSid(id));
    const details = known.createdBy === by.memberId ? known.name : `${known.name}, of ${known.createdBy}`;
    return auditResult(work, by, { action: 'token:delete', target: id, details }, ok(null));
  },
};

/** The tokens that this member may see and delete. */
function visibleTokens(work: UnitOfWork, by: ActingMember): readonly TokenRow[] {
  const all = checkGranter(work, by).ok ? work.tokens.all() : work.tokens.ofMember(by.memberId);
  return all.filter(({ expiresAt }) => expiresAt > work.now);
}

function newToken(
  work: UnitOfWork,
  { memberId, sid }: ActingMember,
  token: NewToken,
): Result<TokenRow, WireError> {
  dropExpired(work);
  const rights = rightsOf(work, { kind: 'session', memberId, sid });
  if (!rights.ok) return rights;
  if (!allows(rights.value.member.role, token.role)) return err(TOO_MUCH);
  if (work.tokens.ofMember(memberId).length >= LIMITS.tokensPerMember) return err(FULL);
  return ok({ ...token, createdBy: memberId, createdAt: work.now, usedAt: null });
}
