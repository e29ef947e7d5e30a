import {
  type ConversationEvent,
  type ConversationFacts,
  type ItemWrite,
  LIMITS,
  type WireError,
} from '@muster/protocol';
import type { CallPurpose } from './calls.ts';
import { beganBefore, takeRow } from './item-book.ts';
import type { Json } from './json.ts';
import type { Work } from './types.ts';

/** Facts that nobody waits for are told together, ms. */
const FACTS_MS = 1_000;
/** Rows wait so long for others, ms. */
const ROWS_MS = 250;
/** Rows of one event, characters of JSON: less than a batch holds in any encoding (S12). */
const ROWS_JSON_CHARS = LIMITS.itemChars;

/** Rows that waited stand before it. */
export function emit(work: Work, event: ConversationEvent): void {
  sendRows(work);
  work.out.push({ type: 'event', event });
}

/** Calls the adapter; its answer comes back with the purpose. */
export function call(work: Work, method: string, params: Json, purpose: CallPurpose): void {
  const id = work.state.calls.begin(purpose);
  work.out.push({ type: 'write', json: { jsonrpc: '2.0', id, method, params } });
}

export function notify(work: Work, method: string, params: Json): void {
  work.out.push({ type: 'write', json: { jsonrpc: '2.0', method, params } });
}

/** Answers a call of the adapter's. */
export function respond(work: Work, id: unknown, result: Json): void {
  work.out.push({ type: 'write', json: { jsonrpc: '2.0', id, result } });
}

export function respondError(work: Work, id: unknown, code: number, message: string): void {
  work.out.push({ type: 'write', json: { jsonrpc: '2.0', id, error: { code, message } } });
}

export function finishRequest(work: Work, requestId: string, error?: WireError): void {
  sendRows(work);
  const event = { type: 'request:done' as const, requestId, ...(error === undefined ? {} : { error }) };
  work.out.push({ type: 'event', event });
}

/** Tells facts now, with those that waited. */
export function sendFacts(work: Work, facts: ConversationFacts = {}): void {
  const { state } = work;
  const all = { ...state.facts, ...facts };
  state.facts = {};
  state.factsAt = null;
  if (Object.keys(all).length === 0) return;
  emit(work, { type: 'conversation:changed', conversationId: state.conversationId, facts: all });
}

/** Tells facts within a second. */
export function queueFacts({ state, context }: Work, facts: ConversationFacts): void {
  state.facts = { ...state.facts, ...facts };
  state.factsAt ??= context.now + FACTS_MS;
}

/** C14: rows, which wait a moment for others: a row costs the room a write, and nobody waits for one. */
export function emitRows(work: Work, writes: readonly (ItemWrite | null)[]): void {
  const rows = writes.filter((write) => write !== null);
  const earlier = rows.flatMap((write) => (isWhole(write) ? begunBefore(work, write.item.itemId) : []));
  queueRows(work, [...earlier, ...rows]);
  // What grows on must not wait: the row would lack what is said meanwhile.
  if (earlier.length > 0) sendRows(work);
}

/** The room orders items by their first rows, and live readers as they began: so what began before has its row first. */
function begunBefore({ state, context }: Work, itemId: string): ItemWrite[] {
  return [...state.items.texts.values()]
    .filter((text) => !text.hasRow && text.length > 0 && beganBefore(text.item.itemId, itemId))
    .flatMap((text) => takeRow(text, context.now) ?? []);
}

function queueRows(work: Work, writes: readonly ItemWrite[]): void {
  const { state } = work;
  for (const write of writes) {
    const chars = JSON.stringify(write).length;
    const isFull = state.rows.writes.length >= LIMITS.itemsPage || state.rows.chars + chars > ROWS_JSON_CHARS;
    if (isFull) sendRows(work);
    const { rows } = state;
    const last = rows.writes.at(-1);
    // Of an item that changes again at once the last word counts.
    if (last !== undefined && isWhole(last) && isWhole(write) && last.item.itemId === write.item.itemId)
      rows.writes.pop();
    rows.writes.push(write);
    rows.chars += chars;
    rows.at ??= work.context.now + ROWS_MS;
  }
}

const isWhole = (write: ItemWrite) => 'item' in write;

/**
 * The rows that wait, as one event that fits a batch. A row must hold all that was sent live before it, or a reader that
 * takes it would go back: so a tool call is written as it is now. Texts wait only when they are complete.
 */
export function sendRows({ state, out }: Work): void {
  const { rows, conversationId } = state;
  state.rows = { writes: [], chars: 0, at: null };
  if (rows.writes.length === 0) return;
  const writes = rows.writes.map((write) => {
    if (!isWhole(write) || write.item.kind !== 'tool') return write;
    const tool = state.tools.withItem(write.item.itemId);
    if (tool === null) return write;
    tool.needsRow = false;
    return { item: tool.item };
  });
  out.push({ type: 'event', event: { type: 'conversation:items', conversationId, writes } });
}
