import { LIMITS } from '@muster/protocol';

/** I2: input is numbered per client and agent, sent once, and counted as unconfirmed until the keeper has it. */
export interface InputState {
  readonly sent: number;
  /** Cumulative. */
  readonly confirmed: number;
}

/** Numbers in one millisecond that nobody types faster than. */
const PER_MS = 1_000;

/**
 * Where a client's numbers begin: above all it used in an earlier life, since a page that is loaded again keeps
 * its name, and the keeper takes only higher ones. `now`: ms since 1970.
 */
export const inputsFrom = (now: number): InputState => ({ sent: now * PER_MS, confirmed: now * PER_MS });

export function numberInput(state: InputState): { readonly state: InputState; readonly sequence: number } {
  const sequence = state.sent + 1;
  return { state: { ...state, sent: sequence }, sequence };
}

export function confirmInput(state: InputState, sequence: number): InputState {
  return { ...state, confirmed: Math.min(state.sent, Math.max(state.confirmed, sequence)) };
}

export const unconfirmed = (state: InputState): number => state.sent - state.confirmed;

const encoder = new TextEncoder();

/** UTF-16 units that are at most `LIMITS.inputBytes` of UTF-8 (three bytes a unit is the worst). */
const PIECE_UNITS = Math.floor(LIMITS.inputBytes / 3);
/** Bytes whose base64 is at most `LIMITS.inputBytes` characters. */
const PIECE_BYTES = Math.floor(LIMITS.inputBytes / 4) * 3;

/** Text in pieces that each fit one `agent:input`, never cut inside a character. */
export function* textPieces(text: string): Generator<string, void, undefined> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE_UNITS, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

/** Keys in pieces that each fit one input frame; a character may be in two, for its program reads bytes. */
export function* inputPieces(keys: string | Uint8Array): Generator<Uint8Array, void, undefined> {
  const bytes = typeof keys === 'string' ? encoder.encode(keys) : keys;
  for (let at = 0; at < bytes.length; at += LIMITS.inputBytes)
    yield bytes.subarray(at, at + LIMITS.inputBytes);
}

/** Bytes in pieces that each fit one `agent:input` as base64. */
export function* bytePieces(bytes: Uint8Array): Generator<string, void, undefined> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield btoa(
      Array.from(bytes.subarray(at, at + PIECE_BYTES), (byte) => String.fromCharCode(byte)).join(''),
    );
  }
}
