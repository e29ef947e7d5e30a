import { earliestOf } from '../../../socket/deadlines.ts';

/** Bounds of an outbox. Times in ms. */
export interface OutboxLimits {
  /** Entries at a time; one more, and the oldest that is not under way is given up. */
  readonly entries: number;
  /** Tries under way at a time. */
  readonly atOnce: number;
  /** How long a try may take before it counts as lost. */
  readonly lease: number;
  /** Tries of one entry. */
  readonly tries: number;
  /** The wait after the first try in vain; it doubles with each, up to `longest`. */
  readonly wait: number;
  readonly longest: number;
}

/** Something that is to be sent, once. Times: ms since 1970. */
export interface OutboxEntry<B> {
  readonly id: string;
  /** Tried then, or later. */
  readonly dueAt: number;
  /** Given up then. */
  readonly until: number;
  /** Tries in vain. */
  readonly tries: number;
  readonly body: B;
}

/** What waits to be sent, oldest first, and what is under way: by id, until when. */
export interface Outbox<B> {
  readonly limits: OutboxLimits;
  readonly entries: Map<string, OutboxEntry<B>>;
  readonly underWay: Map<string, number>;
}

/** `retry`: `after`: ms that the receiver asks to wait. */
export type TryResult = { readonly type: 'done' } | { readonly type: 'retry'; readonly after?: number };

/** Tries of an object that was reset are lost: they are made again. */
export function openOutbox<B>(limits: OutboxLimits, stored: readonly OutboxEntry<B>[]): Outbox<B> {
  return { limits, entries: new Map(stored.map((entry) => [entry.id, entry])), underWay: new Map() };
}

/** Queues an entry, in place of one of its id. Returns the entry that had to give way; null: none. */
export function queueEntry<B>(outbox: Outbox<B>, entry: OutboxEntry<B>): OutboxEntry<B> | null {
  const { entries, underWay, limits } = outbox;
  entries.set(entry.id, entry);
  if (entries.size <= limits.entries) return null;
  const oldest = [...entries.values()].find(({ id }) => !underWay.has(id) && id !== entry.id) ?? entry;
  entries.delete(oldest.id);
  return oldest;
}

/** The entries whose time has come, as many as may be under way; they are from now on. `over`: those that are too old. */
export function takeDue<B>(
  outbox: Outbox<B>,
  now: number,
): { readonly due: readonly OutboxEntry<B>[]; readonly over: readonly OutboxEntry<B>[] } {
  const { entries, underWay, limits } = outbox;
  for (const [id, until] of underWay) if (until <= now) underWay.delete(id);
  const due: OutboxEntry<B>[] = [];
  const over: OutboxEntry<B>[] = [];
  for (const entry of entries.values()) {
    if (underWay.has(entry.id)) continue;
    if (entry.until <= now) over.push(entry);
    else if (entry.dueAt <= now && underWay.size < limits.atOnce) {
      underWay.set(entry.id, now + limits.lease);
      due.push(entry);
    }
  }
  for (const { id } of over) entries.delete(id);
  return { due, over };
}

/** A try has ended. Null: the entry is not there any more. `given-up`: it was its last try, or it would be too old. */
export function completeTry<B>(
  outbox: Outbox<B>,
  id: string,
  result: TryResult,
  now: number,
): { readonly type: 'done' | 'given-up' | 'retried'; readonly entry: OutboxEntry<B> } | null {
  outbox.underWay.delete(id);
  const entry = outbox.entries.get(id);
  if (entry === undefined) return null;
  if (result.type === 'done') {
    outbox.entries.delete(id);
    return { type: 'done', entry };
  }
  const { wait, longest, tries: most } = outbox.limits;
  const tries = entry.tries + 1;
  const dueAt = now + Math.max(Math.min(longest, wait * 2 ** entry.tries), result.after ?? 0);
  if (tries >= most || dueAt >= entry.until) {
    outbox.entries.delete(id);
    return { type: 'given-up', entry };
  }
  const next = { ...entry, tries, dueAt };
  outbox.entries.set(id, next);
  return { type: 'retried', entry: next };
}

/** Takes an entry back that is not under way. False: it is, or there is none. */
export function takeBack<B>({ entries, underWay }: Outbox<B>, id: string): boolean {
  return !underWay.has(id) && entries.delete(id);
}

/** H2: when `takeDue` has something to do, ms since 1970; null: never. */
export function outboxDeadline<B>({ entries, underWay, limits }: Outbox<B>): number | null {
  const isFull = underWay.size >= limits.atOnce;
  return earliestOf(entries.values(), ({ id, dueAt, until }) => {
    const lease = underWay.get(id);
    if (lease !== undefined) return lease;
    return isFull ? until : Math.min(dueAt, until);
  });
}
