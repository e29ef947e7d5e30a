import type { IdentityOperation } from '../types.ts';
import { invitationOperations } from './invitations.ts';
import { issuerOperations } from './issuers.ts';
import { memberOperations } from './members.ts';
import type { Operations } from './operations.ts';
import { passkeyOperations } from './passkeys.ts';
import { sessionOperations } from './sessions.ts';
import { tokenOperations } from './tokens.ts';

/** What each operation changes and answers. */
export const OPERATIONS: Operations<IdentityOperation> = {
  ...sessionOperations,
  ...memberOperations,
  ...invitationOperations,
  ...passkeyOperations,
  ...issuerOperations,
  ...tokenOperations,
};
