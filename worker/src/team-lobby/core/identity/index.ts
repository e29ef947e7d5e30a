/** Members, sessions, passkeys and API tokens, and the access rights that follow from them. */

export {
  matchingToken,
  memberAfterLogin,
  memberRightsChanges,
  SIGN_IN_ENDED,
  sessionRights,
  tokenRights,
} from './access-rights.ts';
export { recognize } from './identities.ts';
export { passkeySummary, recordUse } from './passkeys.ts';
export { addMember, changeMember, isPresent, mayGrant, memberDetails, removeMember } from './roster.ts';
export { newSession, renewSession, sameHash, sessionSummary, sessionsToEnd, withUnused } from './sessions.ts';
export {
  type AccessRights,
  type ActingMember,
  type AgentQuery,
  type BudgetUse,
  type Device,
  type Identity,
  type IdentityInput,
  type IdentityOperation,
  type IdentityOutput,
  type IdentityQuery,
  type InvitationRow,
  InvitationRowSchema,
  type LoginLink,
  type MemberRow,
  MemberRowSchema,
  type NewToken,
  type OneTimeCode,
  type PasskeyRow,
  PasskeyRowSchema,
  type RightsChange,
  RightsChangeSchema,
  type RightsQuery,
  type SessionRow,
  SessionRowSchema,
  type SignInQuery,
  type TokenDevice,
  type TokenRow,
  TokenRowSchema,
} from './types.ts';
