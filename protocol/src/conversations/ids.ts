import * as z from 'zod';
import { type AgentId, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';

/** `agentId.random`, as of a command, so that every request finds its room. ASCII, since it heads batches (S12). */
const roomId = () =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(LIMITS.messageIdChars, `must have at most ${LIMITS.messageIdChars} characters`)
    .regex(/^[\x21-\x7e]+$/, 'must be ASCII without blanks');

/** One conversation, never reused. */
export const ConversationIdSchema = roomId().brand<'ConversationId'>();
export type ConversationId = z.infer<typeof ConversationIdSchema>;

/** C7: one request to people, never reused: one answer at most. */
export const PermissionIdSchema = roomId().brand<'PermissionId'>();
export type PermissionId = z.infer<typeof PermissionIdSchema>;

/** C16: one turn. */
export const TurnIdSchema = MessageIdSchema;
/** C6: an item is known by its adapter's incarnation, its own id and its kind, together. */
export const ItemIdSchema = z.string().min(1).max(256);

/** `random`: never used before. */
export const conversationIdOf = (agentId: AgentId, random: string): ConversationId =>
  ConversationIdSchema.parse(`${agentId}.${random}`);
export const permissionIdOf = (agentId: AgentId, random: string): PermissionId =>
  PermissionIdSchema.parse(`${agentId}.${random}`);
