import * as z from 'zod';
import { LIMITS } from './limits.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SLUG = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** An agent's name in its team: a slug, unique and reusable (N1). */
export const AgentIdSchema = z
  .string()
  .max(LIMITS.nameChars, `must have at most ${LIMITS.nameChars} characters`)
  .regex(SLUG, 'must be lower-case letters, digits and inner hyphens')
  .brand<'AgentId'>();
export type AgentId = z.infer<typeof AgentIdSchema>;

/** An agent's identity, never reused (N1). */
export const AgentUidSchema = z.string().regex(UUID, 'must be a lower-case UUID').brand<'AgentUid'>();
export type AgentUid = z.infer<typeof AgentUidSchema>;

export const HostIdSchema = z.string().regex(UUID, 'must be a lower-case UUID').brand<'HostId'>();
export type HostId = z.infer<typeof HostIdSchema>;

export const TeamIdSchema = z.string().max(LIMITS.nameChars).regex(SLUG, 'must be a slug').brand<'TeamId'>();
export type TeamId = z.infer<typeof TeamIdSchema>;

export const MemberIdSchema = z.string().min(1).max(128).brand<'MemberId'>();
export type MemberId = z.infer<typeof MemberIdSchema>;

/** Chosen by a client for as long as it lives: the key of input order (I2) and idempotence (I1). */
export const ClientIdSchema = z.string().min(1).max(LIMITS.messageIdChars).brand<'ClientId'>();
export type ClientId = z.infer<typeof ClientIdSchema>;
/** The same rule where a key waits: the schema's own way costs it a tenth of a millisecond when it is cold. */
export const isClientId = (text: string | null): text is ClientId =>
  text !== null && text.length >= 1 && text.length <= LIMITS.messageIdChars;

/** One numbering of a stream: 64 random bits as 16 hex digits (S1). */
export const EpochSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, 'must be 16 hex digits')
  .brand<'Epoch'>();
export type Epoch = z.infer<typeof EpochSchema>;

/** A frame's number: 1, 2, 3 … within an epoch (S1). */
export const SequenceSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A start of an agent on a host: +1 each time it is placed anew (N2). */
export const GenerationSchema = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const MessageIdSchema = z.string().min(1).max(LIMITS.messageIdChars);

/** A reader's position: it has everything up to and including `sequence`. `epoch: null` = the current one (S6a). */
export const CursorSchema = z.object({ epoch: EpochSchema.nullable(), sequence: SequenceSchema });
export type Cursor = z.infer<typeof CursorSchema>;

/** A place in a named epoch. */
export const PositionSchema = z.object({ epoch: EpochSchema, sequence: SequenceSchema });
export type Position = z.infer<typeof PositionSchema>;

/** The name people give an agent. */
export const AgentNameSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(LIMITS.nameChars, `must have at most ${LIMITS.nameChars} characters`)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
    'must start with a letter or digit and hold only letters, digits, space and . _ -',
  );

/** The slug of a name: `My Agent 2` → `my-agent-2`. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** The agent whose room made an id `agentId.random` (a command, a conversation, a request); null: no room did. */
export function agentOfId(id: string): AgentId | null {
  const at = id.lastIndexOf('.');
  return AgentIdSchema.safeParse(id.slice(0, Math.max(0, at))).data ?? null;
}
