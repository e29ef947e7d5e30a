import { type Delivered, deliverItems } from '../history/deliver.ts';
import { FLUSH, retryAt } from '../history/flush.ts';
import type { ItemBatch, ItemHistoryWriter, PastItem } from '../history/item-types.ts';
import {
  decisionsOf,
  type EndedItemQuery,
  type ItemRow,
  type ItemsWritten,
  nextUnwritten,
  type Unwritten,
  unwrittenSince,
} from './core/conversations/index.ts';
import type { RoomState } from './core/state.ts';
import type { Durable } from './core/types.ts';

/** Conversations whose items one alarm writes; the rest is due at once. */
const AT_ONCE = 8;

export interface ConversationPublisherPorts {
  readonly writer: ItemHistoryWriter;
  readonly room: () => RoomState;
  readonly endedItems: (query: EndedItemQuery) => readonly ItemRow[];
  readonly written: (written: ItemsWritten) => void;
}

/** C14b: writes what was said to history: each item once it has ended, from the rows that the room has anyway. */
export class ConversationPublisher {
  readonly #ports: ConversationPublisherPorts;
  #retryAt: number | null = null;
  #writing = false;

  constructor(ports: ConversationPublisherPorts) {
    this.#ports = ports;
  }

  /** H2: when `write` has something to do, ms since 1970; null: nothing is pending, or it is being written. */
  nextDeadline(): number | null {
    const since = unwrittenSince(this.#ports.room());
    if (since === null || this.#writing) return null;
    return this.#retryAt ?? since + FLUSH.pause;
  }

  /** Called by the alarm. What history does not take now is brought again. */
  async write(now: number): Promise<void> {
    this.#writing = true;
    try {
      for (let left = AT_ONCE; left > 0 && this.#isDue(now); left -= 1)
        if (!(await this.#writeNext(now))) return;
    } finally {
      this.#writing = false;
    }
  }

  /** Before the room is gone. @throws Error when D1 does not take them */
  async writeAll(now: number): Promise<void> {
    while (unwrittenSince(this.#ports.room()) !== null)
      if (!(await this.#writeNext(now))) throw new Error('history does not take what was said');
  }

  #isDue(now: number): boolean {
    const since = unwrittenSince(this.#ports.room());
    return since !== null && (this.#retryAt ?? since + FLUSH.pause) <= now;
  }

  /** Whether history took it. */
  async #writeNext(now: number): Promise<boolean> {
    const room = this.#ports.room();
    const next = nextUnwritten(room, { readEndedItems: this.#ports.endedItems });
    if (room.durable === null || next === null) return false;
    const since = next.record.history.since ?? now;
    const delivered = await this.#deliver(batchOf(room.durable, next, now));
    const hasFailed = delivered.failure !== null;
    this.#retryAt = hasFailed ? retryAt({ at: since }, now) : null;
    this.#acknowledge(next, delivered);
    return !hasFailed;
  }

  async #deliver(batch: ItemBatch): Promise<Delivered> {
    return deliverItems(this.#ports.writer, batch);
  }

  #acknowledge({ record, upTo, isWhole }: Unwritten, delivered: Delivered): void {
    const { failure, refused } = delivered;
    const { conversationId, history } = record;
    const taken = failure === null ? upTo : delivered.upTo;
    if (taken === null) return;
    this.#ports.written({
      ...{ conversationId, upTo: taken, refused, marks: history.marks },
      isWhole: isWhole && failure === null,
    });
  }
}

function batchOf({ team, placement }: Durable, { record, rows, decided }: Unwritten, now: number): ItemBatch {
  const { agentId, agentUid } = placement.spec;
  const { conversationId, createdBy, members, title, facts, items, createdAt, activeAt, endedAt } = record;
  const decisions = decisionsOf(decided);
  return {
    ...{ team, agentId, agentUid },
    conversation: {
      ...{ conversationId, createdBy, members, createdAt, activeAt, endedAt },
      title: title ?? facts.title ?? null,
      messages: items.next,
      cost: facts.spent ?? null,
    },
    // A host's clock may be anywhere; what was said is kept and found by ours.
    items: rows.map(
      ({ index, revision, item }): PastItem => ({
        ...{ index, revision, item },
        at: Math.min(now, Math.max(createdAt, item.at)),
        decisions: decisions.get(item.itemId) ?? [],
      }),
    ),
  };
}
