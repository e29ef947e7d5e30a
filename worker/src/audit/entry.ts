import {
  type AuditEntry,
  AuditEntrySchema,
  LIMITS,
  type MemberId,
  type Role,
  VIEWER_MESSAGES,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import type * as z from 'zod';

/** The actor of an entry, and their address (X10). */
export interface Actor {
  /** Null: a host. */
  readonly id: MemberId | null;
  readonly name: string;
  readonly role: Role | null;
  readonly address?: string | null;
}

/** X8: an entry that is not yet known to have come out well, or how. */
export const AuditDraftSchema = AuditEntrySchema.omit({ at: true, result: true });
export type AuditDraft = z.infer<typeof AuditDraftSchema>;

/**
 * Of an environment only the names: values may be secrets (X13); of what members say to agents only how much it is. Fields
 * that the entry has elsewhere are left out.
 */
function withoutSecrets(key: string, value: unknown): unknown {
  if (ELSEWHERE.includes(key)) return undefined;
  if (SAID.includes(key)) return `${JSON.stringify(value).length} characters`;
  if (key !== 'environment' || typeof value !== 'object' || value === null) return value;
  return Object.keys(value);
}

/** What an entry is about: its target is the first of these that a message names. */
const TARGETS = ['commandId', 'permissionId', 'conversationId'] as const;
const ELSEWHERE: readonly string[] = ['agentId', ...TARGETS];
const SAID: readonly string[] = ['content', 'message'];

function targetOf(payload: object): string | undefined {
  const named: Partial<Record<string, unknown>> = { ...payload };
  const target = TARGETS.map((key) => named[key]).find((value) => value !== undefined);
  return typeof target === 'string' ? target : undefined;
}

function detailsOf(payload: unknown): string | null {
  const text = JSON.stringify(payload, withoutSecrets);
  return text === '{}' ? null : truncateDetails(text);
}

/** Without half surrogate pairs: they would be another text once it is stored, and the MAC no longer fit. */
const truncate = (text: string, chars: number) => text.slice(0, chars).toWellFormed();
const truncateDetails = (text: string) => truncate(text, LIMITS.auditDetailChars);

export interface AuditedAction {
  readonly action: string;
  readonly agentId?: string;
  readonly agentUid?: AuditEntry['agentUid'];
  readonly target?: string;
  readonly details?: string;
}

const truncateOrNull = (text: string | null | undefined, chars: number) =>
  text === null || text === undefined ? null : truncate(text, chars);

/** An entry of an action, truncated to what the log takes: one that does not fit would stop it for good. */
export function newDraft(
  actor: Actor,
  { action, agentId, agentUid, target, details }: AuditedAction,
): AuditDraft {
  return {
    memberId: actor.id,
    name: truncate(actor.name, LIMITS.nameChars),
    role: actor.role,
    address: truncateOrNull(actor.address, LIMITS.addressChars),
    action: truncate(action, LIMITS.messageIdChars),
    agentId: truncateOrNull(agentId, LIMITS.nameChars),
    agentUid: agentUid ?? null,
    target: truncateOrNull(target, LIMITS.messageIdChars),
    details: details === undefined ? null : truncateDetails(details),
  };
}

/** The draft of a message's entry; null: it is not audited. `about`: the agent whose room was asked. */
export function draftOfMessage(
  actor: Actor,
  message: ViewerMessage,
  about?: { readonly agentId: string; readonly agentUid: AuditEntry['agentUid'] },
): AuditDraft | null {
  if (!VIEWER_MESSAGES[message.type].audited) return null;
  const { type: action, payload } = message;
  const details = detailsOf(payload);
  const target = targetOf(payload);
  return newDraft(actor, {
    action,
    ...(target === undefined ? {} : { target }),
    ...('agentId' in payload && typeof payload.agentId === 'string' ? { agentId: payload.agentId } : {}),
    ...about,
    ...(details === null ? {} : { details }),
  });
}

/** The part of a message that an entry about its refusal contains. */
export interface Attempt {
  readonly type: ViewerMessage['type'];
  readonly payload: object;
}

/** X8: what a message asked for that its sender's role refuses: not in full, since it did not happen and may be long. */
export const draftOfAttempt = (
  actor: Actor,
  { type: action, payload }: Attempt,
  about: { readonly agentId?: string; readonly agentUid?: AuditEntry['agentUid'] } = {},
): AuditDraft => {
  const target = targetOf(payload);
  return newDraft(actor, {
    action,
    ...(target === undefined ? {} : { target }),
    ...('agentId' in payload && typeof payload.agentId === 'string' ? { agentId: payload.agentId } : {}),
    ...about,
  });
};

/** Completes an entry with its result and time (ms since 1970). */
export const completeEntry = (draft: AuditDraft, error: WireError | undefined, at: number): AuditEntry => ({
  ...draft,
  at,
  result: error?.code ?? 'ok',
});
