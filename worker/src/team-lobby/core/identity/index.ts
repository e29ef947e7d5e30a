/** Members, sessions, passkeys and API tokens, and the access rights that follow from them. */

export { handle, nextDeadline } from './handle.ts';
export { mayStillGrant } from './roster.ts';
export { type IdentityTables, ROW_KEYS, type RowChange, type Rows } from './rows.ts';
export {
  type IdentityCommit,
  type IdentityEffect,
  type IdentityEvent,
  type IdentityState,
  type IdentityStore,
  openIdentity,
  type PendingPush,
} from './state.ts';
export {
  type IdentityInput,
  type IdentityOperation,
  type IdentityOutput,
  InvitationRowSchema,
  MemberRowSchema,
  type OneTimeCode,
  PasskeyRowSchema,
  RightsChangeSchema,
  SessionRowSchema,
  TokenRowSchema,
} from './types.ts';
export { EVERY_ROOM, type Visit, type Visited } from './visits.ts';
