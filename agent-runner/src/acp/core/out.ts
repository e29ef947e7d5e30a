import {
  type ConversationEvent,
  type ConversationFacts,
  type ItemWrite,
  LIMITS,
  type WireError,
} from '@muster/protocol';
import type { CallPurpose } from './calls.ts';
import type { Json } from './json.ts';
import type { Work } from './types.ts';

/** Facts that nobody waits for are told together, ms. */
const FACTS_MS = 1_000;
/** Rows of one event, characters of JSON: less than a batch holds in any encoding (S12). */
const ROWS_JSON_CHARS = LIMITS.itemChars;

export const emit = (work: Work, event: ConversationEvent): void => {
  work.out.push({ type: 'event', event });
};

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
  const event = { type: 'request:done' as const, requestId, ...(error === undefined ? {} : { error }) };
  work.out.push({ type: 'event', event });
}

/** Tells facts now, with those that waited. */
export function tellFacts(work: Work, facts: ConversationFacts = {}): void {
  const { state } = work;
  const all = { ...state.facts, ...facts };
  state.facts = {};
  state.factsAt = null;
  if (Object.keys(all).length === 0) return;
  emit(work, { type: 'conversation:changed', conversationId: state.conversationId, facts: all });
}

/** Tells facts within a second. */
export function tellFactsSoon({ state, context }: Work, facts: ConversationFacts): void {
  state.facts = { ...state.facts, ...facts };
  state.factsAt ??= context.now + FACTS_MS;
}

/** C14: rows, in events that each fit a batch. */
export function emitRows(work: Work, writes: readonly (ItemWrite | null)[]): void {
  let rows: ItemWrite[] = [];
  let chars = 0;
  const send = () => {
    const { conversationId } = work.state;
    if (rows.length > 0) emit(work, { type: 'conversation:items', conversationId, writes: rows });
    rows = [];
    chars = 0;
  };
  for (const write of writes) {
    if (write === null) continue;
    const size = JSON.stringify(write).length;
    if (rows.length >= LIMITS.itemsPage || chars + size > ROWS_JSON_CHARS) send();
    rows.push(write);
    chars += size;
  }
  send();
}
