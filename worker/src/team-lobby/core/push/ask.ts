import {
  type AgentUid,
  type Member,
  type MemberId,
  MemberIdSchema,
  PushEndpointSchema,
  PushOutcomeSchema,
  type PushSettings,
  type PushSubscriptionInput,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import type { MemberClaims } from '../../../auth/claims.ts';

/** A device of a member that gets pushes. */
export const SubscriptionRowSchema = z.object({
  subscriptionId: z.string(),
  memberId: MemberIdSchema,
  /** The sign-in that registered it, and takes it along when somebody ends it. */
  sid: z.string(),
  endpoint: PushEndpointSchema,
  p256dh: z.string(),
  auth: z.string(),
  device: z.string(),
  /** RFC 8292: the dashboard that registered it, as the push service is told. */
  origin: z.string(),
  createdAt: z.number(),
  lastOutcome: PushOutcomeSchema.nullable(),
});
export type SubscriptionRow = z.infer<typeof SubscriptionRowSchema>;

/** The member of a request, and the sign-in it came by. */
export interface PushCaller {
  readonly member: Member;
  readonly sid: string;
  readonly address: string | null;
}

/** What the token of a button says (verified). */
export interface PushAct {
  readonly code: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  readonly memberId: MemberId;
  readonly subscriptionId: string;
  readonly agentId: string;
  readonly permissionId: string;
}

/** What members ask of their pushes. */
export type PushAsk =
  | {
      readonly type: 'subscribe';
      readonly by: PushCaller;
      readonly input: PushSubscriptionInput;
      readonly device: string;
      readonly origin: string;
    }
  /** By its address, or by its id. */
  | { readonly type: 'unsubscribe'; readonly by: PushCaller; readonly which: string }
  | { readonly type: 'set'; readonly by: PushCaller; readonly settings: PushSettings }
  | { readonly type: 'test'; readonly by: PushCaller }
  | { readonly type: 'act'; readonly act: PushAct };

export type PushAnswer =
  | { readonly type: 'refused'; readonly error: WireError }
  | { readonly type: 'done'; readonly count: number }
  | { readonly type: 'subscribed'; readonly subscription: SubscriptionRow }
  | { readonly type: 'may-act'; readonly agentUid: AgentUid; readonly claims: MemberClaims };
