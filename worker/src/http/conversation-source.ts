import {
  type ConversationId,
  ConversationIdSchema,
  type ConversationState,
  type StoredItem,
} from '@muster/protocol';
import {
  type ConversationRow,
  findPastConversation,
  pastDecisions,
  pastItems,
} from '../history/conversations.ts';
import type { ItemDecision, RoomStub } from '../rpc.ts';
import { findRoomOfId, notFoundOf, seesPast } from './agents.ts';
import type { AppContext } from './app.ts';

/** Which items, oldest first: the first ones above `after`, or the last ones below `before`. */
export interface PageQuery {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** C15: a conversation wherever it is: its newest items in its room, the older ones in history. */
export class ConversationSource {
  readonly conversationId: ConversationId;
  readonly #context: AppContext;
  /** Null: its room does not know it any more. */
  readonly #room: RoomStub | null;
  readonly past: ConversationRow | null;
  #known: ConversationState | null = null;

  constructor(
    context: AppContext,
    conversationId: ConversationId,
    room: RoomStub | null,
    past: ConversationRow | null,
  ) {
    this.#context = context;
    this.conversationId = conversationId;
    this.#room = room;
    this.past = past;
  }

  async state(): Promise<ConversationState | null> {
    return (await this.#room?.conversation(this.conversationId)) ?? null;
  }

  /** `next`: where the page after it begins, or before it ends; null: that was all. */
  async page({
    after = -1,
    before,
    limit,
  }: PageQuery): Promise<{ items: StoredItem[]; next: number | null }> {
    const items = before === undefined ? await this.#after(after, limit) : await this.#before(before, limit);
    const isBackward = before !== undefined;
    const edge = (isBackward ? items[0] : items.at(-1))?.index;
    if (edge === undefined || (isBackward && edge === 0)) return { items, next: null };
    const end = isBackward ? Infinity : (this.#known?.next ?? Infinity);
    return { items, next: edge + 1 >= end ? null : edge };
  }

  async #after(after: number, limit: number): Promise<StoredItem[]> {
    const { conversationId } = this;
    const own = (await this.#room?.items({ conversationId, after, limit })) ?? null;
    // Asked for after its items: what it has dropped meanwhile is in history.
    this.#known = await this.state();
    const oldest = this.#known?.oldest ?? Infinity;
    if (own !== null && after + 1 >= oldest) return own;
    const older = await this.#pastItems({ after, before: oldest, limit, newest: false });
    if (older.length > 0 || own === null) return older;
    return own.filter(({ index }) => index >= oldest);
  }

  async #before(before: number, limit: number): Promise<StoredItem[]> {
    const { conversationId } = this;
    const own = (await this.#room?.items({ conversationId, before, limit })) ?? [];
    if (own.length > 0) return own;
    return this.#pastItems({ after: -1, before, limit, newest: true });
  }

  #pastItems(page: Parameters<typeof pastItems>[3]): Promise<StoredItem[]> {
    const { env, var: set } = this.#context;
    return pastItems(env.DB.withSession(), set.team, this.conversationId, page);
  }

  /** How requests were answered, by the id of the item that each is about; ''; about none. */
  async decisions(items: readonly StoredItem[]): Promise<ReadonlyMap<string, readonly ItemDecision[]>> {
    const found = new Map((await this.#room?.decisions(this.conversationId)) ?? []);
    const [first, last] = [items[0], items.at(-1)];
    if (first === undefined || last === undefined) return found;
    const { env, var: set } = this.#context;
    const range = { first: first.index, last: last.index };
    const past = await pastDecisions(env.DB.withSession(), set.team, this.conversationId, range);
    for (const { index, item } of items) {
      const known = past.get(index);
      if (known !== undefined && !found.has(item.itemId)) found.set(item.itemId, known);
    }
    return found;
  }
}

/** X5: the conversation of this id, if the member may see its agent. @throws RequestError */
export async function conversationSource(context: AppContext, id: string): Promise<ConversationSource> {
  const conversationId = ConversationIdSchema.safeParse(id).data;
  if (conversationId === undefined) throw notFoundOf('CONVERSATION_NOT_FOUND');
  const room = await findRoomOfId(context, conversationId);
  const known = (await room?.conversation(conversationId)) ?? null;
  if (known !== null) return new ConversationSource(context, conversationId, room, null);
  const past = await findPastConversation(context.env.DB.withSession(), context.var.team, conversationId);
  if (past === null || !(await seesPast(context, past))) throw notFoundOf('CONVERSATION_NOT_FOUND');
  return new ConversationSource(context, conversationId, null, past);
}
