import type { ItemBatch, ItemHistoryWriter, PastItem } from './item-types.ts';
import type { CommandEvent, HistoryBatch, HistoryWriter } from './types.ts';

/**
 * SQLite's word on the rows themselves, which is the same whenever they are brought. All else may pass: D1 is away, busy
 * or full, or its tables are older than this Worker.
 */
const FINAL = /SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)|D1_TYPE_ERROR|malformed JSON/;

/** Why D1 will never take what it was brought; null: it may take it later. */
export function finalRefusal(error: unknown): string | null {
  const message = error instanceof Error ? error.message : String(error);
  return FINAL.exec(message)?.[0] ?? null;
}

/** A step that history goes without. */
export interface Refused {
  readonly number: number;
  /** SQLite's name for it. */
  readonly why: string;
}

export interface Delivered {
  /** All steps up to this number are written or refused; null: none. */
  readonly upTo: number | null;
  readonly refused: readonly Refused[];
  /** Why the next write failed, which may pass; null: none failed. */
  readonly failure: unknown;
}

/** A1: brings a batch in its order. What D1 refuses for good is halved down to the step that is to blame. */
export async function deliver(writer: HistoryWriter, batch: HistoryBatch): Promise<Delivered> {
  const unknown = await introduce(writer, batch);
  if (unknown !== null) return { upTo: null, refused: [], failure: unknown };
  const write = (events: readonly CommandEvent[]) => writer.write({ ...batch, events });
  return deliverHalving(batch.events, write, ({ number }) => number);
}

/** The same of what was said in a conversation; numbers are revisions. Without items its own row is written. */
export async function deliverItems(writer: ItemHistoryWriter, batch: ItemBatch): Promise<Delivered> {
  const write = (items: readonly PastItem[]) => writer.write({ ...batch, items });
  if (batch.items.length > 0) return deliverHalving(batch.items, write, ({ revision }) => revision);
  try {
    await write([]);
    return { upTo: null, refused: [], failure: null };
  } catch (failure) {
    // Without its row a conversation is known by its items alone.
    return { upTo: null, refused: [], failure: finalRefusal(failure) === null ? failure : null };
  }
}

async function deliverHalving<T>(
  all: readonly T[],
  write: (some: readonly T[]) => Promise<void>,
  numberOf: (one: T) => number,
): Promise<Delivered> {
  const waiting: (readonly T[])[] = [all];
  const refused: Refused[] = [];
  let upTo: number | null = null;
  for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) {
    const last = some.at(-1);
    if (last === undefined) continue;
    try {
      await write(some);
    } catch (failure) {
      const why = finalRefusal(failure);
      if (why === null) return { upTo, refused, failure };
      if (some.length > 1) {
        const half = some.length >> 1;
        waiting.push(some.slice(half), some.slice(0, half));
        continue;
      }
      refused.push({ number: numberOf(last), why });
    }
    upTo = numberOf(last);
  }
  return { upTo, refused, failure: null };
}

/** Why the agent row could not be written, where that may pass. An agent that D1 refuses for good is known by its commands alone. */
async function introduce(writer: HistoryWriter, { team, agent }: HistoryBatch): Promise<unknown> {
  if (agent === undefined) return null;
  try {
    await writer.writeAgent(team, agent);
    return null;
  } catch (failure) {
    return finalRefusal(failure) === null ? failure : null;
  }
}
