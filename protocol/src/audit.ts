import * as z from 'zod';
import { AgentUidSchema, MemberIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';
import { RoleSchema } from './roles.ts';

/** X8: one action, as it is kept for good. Null: nobody, or nowhere, that is known. */
export const AuditEntrySchema = z.object({
  /** ms since 1970. */
  at: z.number().int().min(0),
  /** Who; null: a host, or Muster itself. */
  memberId: MemberIdSchema.nullable(),
  name: z.string().max(LIMITS.nameChars),
  role: RoleSchema.nullable(),
  /** From where: an IP address, where the platform says one (X10). */
  address: z.string().max(LIMITS.addressChars).nullable(),
  /**
   * What: the type of the message that asked for it, or `member:signin`, `host:enrol`, `host:enrolment`,
   * `host:revoke`, `host:delete`, `driver:changed`, `history:refused`; or a route that a role refused.
   */
  action: z.string().min(1).max(LIMITS.messageIdChars),
  agentId: z.string().max(LIMITS.nameChars).nullable(),
  agentUid: AgentUidSchema.nullable(),
  /** A command, a host or another thing it was done to. */
  target: z.string().max(LIMITS.messageIdChars).nullable(),
  /** `ok`, or the code of the error. */
  result: z.string().min(1).max(LIMITS.messageIdChars),
  /** The request's details, without secrets, as text. */
  details: z.string().max(LIMITS.auditDetailChars).nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

/** An entry in its place in the team's chain. */
export const AuditRowSchema = AuditEntrySchema.extend({
  /** 1, 2, 3 … without a hole. */
  sequence: z.number().int().min(1),
  /** HMAC-SHA-256 over the MAC before and this row, as 64 hex digits. */
  mac: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
});
export type AuditRow = z.infer<typeof AuditRowSchema>;
