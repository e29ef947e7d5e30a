export * from './notice.ts';

import type { Looker, Notice } from './notice.ts';

export * from './ask.ts';

import type { AuditEntry, MemberId } from '@muster/protocol';
import {
  AgentIdSchema,
  type AgentLimit,
  AgentUidSchema,
  MemberIdSchema,
  PermissionIdSchema,
  PushOutcomeSchema,
  type PushPayload,
  type PushSettings,
  PushSettingsSchema,
  type RequestHead,
  type ServerMessage,
  type TeamId,
} from '@muster/protocol';
import * as z from 'zod';
import type { MemberRow } from '../identity/types.ts';
import type { Outbox, OutboxEntry } from '../outbox/index.ts';
import type { ConnectionId, Lobby } from '../types.ts';
import type { PushAnswer, PushAsk, SubscriptionRow } from './ask.ts';

export const SettingsRowSchema = z.object({ memberId: MemberIdSchema, settings: PushSettingsSchema });
export type SettingsRow = z.infer<typeof SettingsRowSchema>;

/** A request whose notification is on these devices. */
export const ShownRowSchema = z.object({
  permissionId: PermissionIdSchema,
  agentUid: AgentUidSchema,
  subscriptionIds: z.array(z.string()),
});
export type ShownRow = z.infer<typeof ShownRowSchema>;

/** One push of one event to one device. */
export const PushJobSchema = z.object({
  eventId: z.string(),
  event: PushOutcomeSchema.shape.event,
  kind: z.enum(['request', 'reminder', 'answered', 'finished', 'failed', 'attention', 'test']),
  memberId: MemberIdSchema,
  subscriptionId: z.string(),
  agentId: AgentIdSchema.optional(),
  agentUid: AgentUidSchema.optional(),
  permissionId: PermissionIdSchema.optional(),
  title: z.string(),
  body: z.string(),
  tag: z.string(),
  url: z.string(),
  /** ms since 1970. */
  at: z.number(),
  /** The pages that look at the agent were told of it. */
  told: z.boolean(),
});
export type PushJob = z.infer<typeof PushJobSchema>;
export type PushEntry = OutboxEntry<PushJob>;

/** Rows to write and keys to delete. All of one event is one transaction. */
export interface PushCommit {
  readonly subscriptions: readonly SubscriptionRow[];
  readonly dropSubscriptions: readonly string[];
  readonly settings: readonly SettingsRow[];
  readonly dropSettings: readonly MemberId[];
  readonly shown: readonly ShownRow[];
  readonly dropShown: readonly string[];
  readonly entries: readonly PushEntry[];
  readonly dropEntries: readonly string[];
}

/** Everything that survives a reset. */
export interface StoredPushes {
  /** Oldest first. */
  readonly subscriptions: readonly SubscriptionRow[];
  readonly settings: readonly SettingsRow[];
  readonly shown: readonly ShownRow[];
  readonly entries: readonly PushEntry[];
}

/** Members as the lobby knows them now. */
export interface MemberReader {
  member(id: MemberId): MemberRow | null;
  /** X5: the number of rights changes so far. */
  revision(): number;
}

export interface PushState {
  readonly team: TeamId;
  readonly lobby: Lobby;
  readonly members: MemberReader;
  readonly subscriptions: Map<string, SubscriptionRow>;
  readonly settings: Map<MemberId, PushSettings>;
  readonly shown: Map<string, ShownRow>;
  readonly outbox: Outbox<PushJob>;
}

export interface PushContext {
  /** ms since 1970. */
  readonly now: number;
  /** A lower-case UUID. */
  readonly freshId: () => string;
  /** C10: pages with a live lease. */
  readonly lookers: () => readonly Looker[];
  /** True the first time that a code is used, before `until`. */
  readonly spend: (code: string, until: number) => boolean;
}

/** What became of a call to a push service. `status` null: there was no answer. */
export interface PushTry {
  readonly status: number | null;
  /** ms that the service asks to wait. */
  readonly retryAfter?: number;
}

export type PushEvent =
  | { readonly type: 'notice'; readonly notice: Notice }
  /** A page showed the event to its reader. */
  | { readonly type: 'seen'; readonly connection: ConnectionId; readonly eventId: string }
  | PushAsk
  /** X3: `sid` null: everywhere. `gone`: the member was removed. */
  | {
      readonly type: 'signed-out';
      readonly memberId: MemberId | null;
      readonly sid: string | null;
      readonly gone: boolean;
    }
  | { readonly type: 'due' }
  | { readonly type: 'tried'; readonly id: string; readonly result: PushTry };

/** C8: a button of a request that one press decides. */
export interface DecidingAction {
  readonly optionId: string;
  readonly title: string;
}

/** One call to a push service, answered by `tried`. */
export interface Delivery {
  readonly id: string;
  readonly subscription: SubscriptionRow;
  readonly payload: Omit<PushPayload, 'actions'>;
  /** The request that its buttons answer. */
  readonly request: RequestHead | null;
  readonly actions: readonly DecidingAction[];
  /** How long the push service may keep it for a device that is away, ms. */
  readonly ttl: number;
  readonly urgency: 'high' | 'normal';
}

export type PushEffect =
  | { readonly type: 'commit'; readonly commit: PushCommit }
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  | { readonly type: 'send'; readonly to: ConnectionId; readonly message: ServerMessage }
  | { readonly type: 'deliver'; readonly delivery: Delivery }
  | { readonly type: 'answer'; readonly answer: PushAnswer };

/** X5: what a member may see: none, everything. */
export const limitsOfMember = ({ agents }: Pick<MemberRow, 'agents'>): readonly AgentLimit[] =>
  agents === null ? [] : [agents];

/** A key pair: the public half, and the sealed private one. */
export interface SealedKey {
  readonly publicKey: string;
  readonly sealed: string;
}

/** Where pushes are kept. Synchronous: what `commit` wrote is there when it returns. */
export interface PushStore {
  load(): StoredPushes;
  /** All of it or nothing. */
  commit(change: PushCommit): void;
  /** Null: none was made. */
  key(): SealedKey | null;
  setKey(key: SealedKey): void;
}
