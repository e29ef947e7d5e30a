import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { ItemIdSchema } from './ids.ts';
import { ItemSchema } from './items.ts';

/**
 * C14: one frame of an `output` batch on the stream `update` whose header names the conversation: what a live reader
 * shows before the room has a row of it. Numbered, spooled and forwarded as output; it changes no state of the room.
 */
export const ConversationUpdateSchema = z.discriminatedUnion('type', [
  /** A new item, or a whole one in the place of the one with its id. */
  z.object({ type: z.literal('item'), item: ItemSchema }),
  /** `text` stands at `offset` (UTF-16 units) of the item's text: applied there, dropped below, asked again above. */
  z.object({
    type: z.literal('text'),
    itemId: ItemIdSchema,
    offset: z.number().int().min(0),
    text: z.string().max(LIMITS.itemChars),
  }),
]);
export type ConversationUpdate = z.infer<typeof ConversationUpdateSchema>;

/** The bytes of a frame. */
export const encodeUpdate = (update: ConversationUpdate): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(update));

/** null: a frame of a newer keeper, which is passed over (G6). */
export function decodeUpdate(bytes: Uint8Array): ConversationUpdate | null {
  try {
    return ConversationUpdateSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null;
  } catch {
    return null;
  }
}
