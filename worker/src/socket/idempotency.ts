import {
  type Ack,
  type ServerMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';

/*
 * I1: a request is made once, however often it is sent. Rooms and lobby keep what was answered in tables of their own,
 * for as long as each says; what counts as the same request, and what a repeat is told, is decided here.
 */

/** An ack, for whichever message it answers. */
export type Answer = Omit<Ack, 'messageId'>;

/** A request that is remembered. `ack` null: it is not answered yet. */
export interface KnownRequest {
  readonly fingerprint: string;
  readonly ack: Answer | null;
}

export type Recognized =
  | { readonly type: 'new' }
  /** The first answer once more. */
  | { readonly type: 'answered'; readonly ack: Answer }
  /** It is under way: the answer is its, too. */
  | { readonly type: 'pending' }
  | { readonly type: 'refused'; readonly error: WireError };

const OTHER_REQUEST = wireError('INVALID_MESSAGE', 'This id was used for another message', { field: 'id' });

/** What a request is to one that is remembered under its key. */
export function recognize(known: KnownRequest | undefined, fingerprint: string): Recognized {
  if (known === undefined) return { type: 'new' };
  if (known.fingerprint !== fingerprint) return { type: 'refused', error: OTHER_REQUEST };
  return known.ack === null ? { type: 'pending' } : { type: 'answered', ack: known.ack };
}

/** The messages of one answer: a refusal comes as `error` too; without an id nobody waits for the ack. */
export function answerMessages(answer: Answer, messageId: string | undefined): ServerMessage[] {
  const messages: ServerMessage[] = [];
  if (answer.error !== undefined) messages.push({ type: 'error', payload: answer.error });
  if (messageId !== undefined) messages.push({ type: 'ack', payload: { messageId, ...answer } });
  return messages;
}

/** Clocks of two objects may be this far apart, ms. */
const SKEW_MS = 60_000;

/** Why a request that is not remembered is not done: it may be a repeat of one that was, and is forgotten. */
const OUTCOME_UNKNOWN = wireError(
  'COMMAND_TIMEOUT',
  'It is not known whether this was done: it came minutes after it was first sent. Check before you try again.',
  { outcome: 'unknown' },
);

/**
 * I1: the answer to a request that the server does not remember, though it may have been made before: it was first sent
 * at `askedAt`, and what is older than `memory` is forgotten. Null: it is new. Times: ms, by the server's clock.
 */
export function staleRefusal(askedAt: number | undefined, now: number, memory: number): WireError | null {
  return askedAt !== undefined && now - askedAt >= memory - SKEW_MS ? OUTCOME_UNKNOWN : null;
}

/** I1: what makes a request the same one: short, whatever its length, and without its content (X13). */
export const fingerprintOf = ({ type, payload }: ViewerMessage): string =>
  hashOf(JSON.stringify([type, payload]));

/** 53 bits of a text (cyrb53): distinguishes a retry from another request of the same member, not friend from foe. */
export function hashOf(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return `${text.length}-${(high >>> 0).toString(16)}-${(low >>> 0).toString(16)}`;
}
