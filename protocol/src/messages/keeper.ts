import * as z from 'zod';
import { EnvironmentSchema, SignalNameSchema, TerminalSizeSchema } from '../agent.ts';
import { TerminalColorsSchema } from '../colors.ts';
import { CommandIdSchema, CommandLineSchema, CommandTimeoutSchema } from '../command.ts';
import { HOST_ANSWERS, HOST_QUERIES } from '../conversations/host-query.ts';
import { PermissionIdSchema } from '../conversations/ids.ts';
import { StoredPolicySchema } from '../conversations/policy.ts';
import { CONVERSATION_ORDERS } from '../conversations/to-keeper.ts';
import {
  AgentUidSchema,
  ClientIdSchema,
  EpochSchema,
  GenerationSchema,
  MessageIdSchema,
  PositionSchema,
  SequenceSchema,
} from '../ids.ts';
import { LIMITS } from '../limits.ts';

/** Keeper ⇄ room, the text half. Everything numbered travels in binary batches (S12, batch/layout.ts). */
const request = z.object({ requestId: MessageIdSchema });
/** Absent: the agent's program is meant. */
const commandId = CommandIdSchema.optional();
const inputSequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Keeper → room. */
export const KEEPER_MESSAGES = {
  'keeper:hello': z.object({
    agentUid: AgentUidSchema,
    generation: GenerationSchema,
    /** The epoch it numbers in now, with the first and last sequence on its disk (0, 0 when empty). */
    epoch: EpochSchema,
    first: SequenceSchema,
    last: SequenceSchema,
    /** Batch versions it can write, best first. */
    batchVersions: z.array(z.number().int().min(1).max(255)).min(1).max(8),
    version: z.string().max(64),
    /** Versions of input frames it takes (input-frame.ts); absent: it hears `program:input` only. */
    inputVersions: z.array(z.number().int().min(1).max(255)).max(8).optional(),
    /** Its clock when it said this, ms since 1970; absent: its times are believed. */
    now: z.number().min(0).optional(),
    /** P9: it can close a program's input. Absent: it cannot (0.1.0). */
    endsInput: z.boolean().optional(),
    /** P8: it answers what programs ask their terminal; absent: the driver's page has to. */
    answers: z.boolean().optional(),
    /** C9: the revision of the policy that it has; null: it has none. Absent: it knows no policies. */
    policy: StoredPolicySchema.shape.revision.nullable().optional(),
    /** C7: the requests that its adapters really have open; absent: it has no conversations (0.2.0). */
    openRequests: z.array(PermissionIdSchema).max(LIMITS.openRequests).optional(),
  }),
  /** S4: please store what you hold; sent 1 s after the oldest unacked frame, at most every 3 s. */
  'stream:flush': z.object({}),
  /** I2: cumulative. */
  'input:ack': z.object({ clientId: ClientIdSchema, inputSequence }),
  ...HOST_ANSWERS,
} as const satisfies Record<string, z.ZodType>;

/** Room → keeper. */
export const TO_KEEPER_MESSAGES = {
  'room:welcome': z.object({
    /** The epoch the room reads, null when it has nothing, and the number it wants next. */
    epoch: EpochSchema.nullable(),
    next: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
    batchVersion: z.number().int().min(1).max(255),
    /** C13b: it takes requests without a conversation. Absent: it would refuse the batch that has one (0.2.0). */
    hooks: z.boolean().optional(),
  }),
  'stream:ack': PositionSchema,
  'stream:resend': z.object({ epoch: EpochSchema, from: SequenceSchema }),
  /**
   * S6: send these again as batches flagged `fetched`; what is no longer kept comes as a flagged gap. The
   * answer ends with the batch that reaches `to`, or that brings its wire bytes to `maxBytes`.
   */
  'stream:fetch': z.object({
    epoch: EpochSchema,
    from: SequenceSchema,
    to: SequenceSchema,
    maxBytes: z.number().int().min(1).max(LIMITS.messageBytes),
  }),
  /** S14: please send a snapshot of the screen as it is; a terminal's keeper answers with a batch of that kind. */
  'snapshot:request': z.object({}),
  'program:start': request,
  'program:pause': request,
  'program:resume': request,
  'program:terminate': request.extend({ force: z.boolean() }),
  'program:restart': request.extend({ force: z.boolean() }),
  'program:signal': request.extend({ signal: SignalNameSchema, commandId }),
  'program:resize': request.extend({
    ...TerminalSizeSchema.shape,
    /** P8. */
    colors: TerminalColorsSchema.optional(),
    commandId,
  }),
  /** I2: at most once; the keeper keeps the highest `inputSequence` of each client. */
  'program:input': z.object({
    data: z.string().max(LIMITS.inputBytes),
    encoding: z.enum(['utf8', 'base64']),
    /** X6: nobody typed it. */
    answer: z.boolean().optional(),
    clientId: ClientIdSchema.optional(),
    inputSequence: inputSequence.optional(),
    commandId,
    /** P9: nothing comes behind it. */
    end: z.boolean().optional(),
  }),
  /**
   * Q5: start it, once. A keeper refuses another epoch's; it answers by `command:started` and `command:ended`, and a
   * repeat by what of that is in the stream already.
   */
  'command:start': z.object({
    epoch: EpochSchema,
    commandId: CommandIdSchema,
    command: CommandLineSchema,
    /** On a terminal of its own rather than on pipes. */
    interactive: z.boolean(),
    timeout: CommandTimeoutSchema.optional(),
    environment: EnvironmentSchema,
  }),
  /** Q7: one that the keeper was never told of is never started then. */
  'command:interrupt': z.object({ epoch: EpochSchema, commandId: CommandIdSchema, force: z.boolean() }),
  /** C9: decide by this from here on, unless what it has is newer. */
  'policy:set': StoredPolicySchema,
  ...CONVERSATION_ORDERS,
  ...HOST_QUERIES,
} as const satisfies Record<string, z.ZodType>;

export type KeeperType = keyof typeof KEEPER_MESSAGES;
export type KeeperMessage = {
  [T in KeeperType]: { readonly type: T; readonly payload: z.output<(typeof KEEPER_MESSAGES)[T]> };
}[KeeperType];
export type ToKeeperType = keyof typeof TO_KEEPER_MESSAGES;
export type ToKeeperMessage = {
  [T in ToKeeperType]: { readonly type: T; readonly payload: z.output<(typeof TO_KEEPER_MESSAGES)[T]> };
}[ToKeeperType];
