import * as z from 'zod';
import { MemberIdSchema, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { ToolContentSchema } from './content.ts';
import { ItemIdSchema, TurnIdSchema } from './ids.ts';
import { PolicyAnswerSchema } from './policy.ts';
import { PromptPartSchema } from './prompt.ts';

const time = z.number().min(0);
const title = z.string().max(LIMITS.titleChars);
const toolText = z.string().max(LIMITS.toolTextChars);

const shared = {
  itemId: ItemIdSchema,
  /** Absent: outside any turn. */
  turnId: TurnIdSchema.optional(),
  /** When it began, and ended, ms since 1970, by the host's clock. `endedAt` absent: it may still change. */
  at: time,
  endedAt: time.optional(),
  /** C6: the tool call of a sub-agent it belongs to. */
  parent: ItemIdSchema.optional(),
};
const says = { ...shared, text: z.string().max(LIMITS.itemChars) };

/** C16: `stopped`: its turn ended before it did. */
export const ToolStatusSchema = z.enum(['pending', 'in_progress', 'completed', 'failed', 'stopped']);
export type ToolStatus = z.infer<typeof ToolStatusSchema>;

export const LocationSchema = z.object({
  path: z.string().max(LIMITS.pathChars),
  line: z.number().int().min(0).optional(),
});

/** C8: what a tool call is about: the part of it that people decide on. */
export const ToolArgumentSchema = z.object({
  title,
  /** The agent's word: read, edit, delete, move, search, execute, think, fetch, switch_mode, other, or one of its own. */
  toolKind: z.string().max(64),
  /** What the tool was given, as JSON; absent: the agent has not told. */
  rawInput: toolText.optional(),
  content: z.array(ToolContentSchema).max(LIMITS.toolContents),
  locations: z.array(LocationSchema).max(LIMITS.toolContents),
  /** Characters that were left out of it; absent: none. */
  omitted: z.number().int().min(0).optional(),
});
export type ToolArgument = z.infer<typeof ToolArgumentSchema>;

const PlanEntrySchema = z.object({
  content: z.string().max(LIMITS.textChars),
  priority: z.string().max(32),
  status: z.string().max(32),
});

/** One thing that was said or done, as the room keeps it and pages show it (C14). Text is Markdown as it was said. */
export const ItemSchema = z.discriminatedUnion('kind', [
  z.object({
    ...says,
    kind: z.literal('user'),
    /** Absent: the agent injected it. */
    messageId: MessageIdSchema.optional(),
    memberId: MemberIdSchema.optional(),
    name: z.string().max(LIMITS.nameChars).optional(),
    /** C12: it reached a turn that was under way. */
    steered: z.boolean().optional(),
    /** Its parts other than text. */
    attachments: z.array(PromptPartSchema).max(LIMITS.promptParts).optional(),
  }),
  z.object({ ...says, kind: z.literal('agent') }),
  z.object({ ...says, kind: z.literal('thought') }),
  /** `level`: info, warning, error, or the agent's own word. */
  z.object({
    ...says,
    kind: z.literal('notice'),
    level: z.string().max(32),
    /** C11: the agent's session began anew here: it knows nothing of what is above. */
    fresh: z.boolean().optional(),
  }),
  z.object({
    ...shared,
    ...ToolArgumentSchema.shape,
    kind: z.literal('tool'),
    status: ToolStatusSchema,
    rawOutput: toolText.optional(),
    /** C16: it goes on when its turn has ended. */
    background: z.boolean().optional(),
    /** C9: the policy says that it asks, and it did not. */
    unasked: z.boolean().optional(),
    /** C9: a rule of the policy answered its newest request. */
    byPolicy: PolicyAnswerSchema.optional(),
  }),
  z.object({
    ...shared,
    kind: z.literal('plan'),
    entries: z.array(PlanEntrySchema).max(LIMITS.planEntries),
  }),
  /** C4: an update or a block that this version does not know, as JSON. */
  z.object({ ...shared, kind: z.literal('other'), name: z.string().max(64), json: toolText }),
]);
export type Item = z.infer<typeof ItemSchema>;
export type ItemKind = Item['kind'];
export type ToolItem = Extract<Item, { kind: 'tool' }>;
/** Items that grow by text. */
export type TextItem = Extract<Item, { text: string }>;

export const isTextItem = (item: Item): item is TextItem => 'text' in item;

/** C14: an item with its place, which the room gives, and the revision of its newest change. */
export const StoredItemSchema = z.object({
  index: z.number().int().min(0),
  revision: z.number().int().min(0),
  item: ItemSchema,
});
export type StoredItem = z.infer<typeof StoredItemSchema>;
