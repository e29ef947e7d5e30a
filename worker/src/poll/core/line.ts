import {
  CLOSE,
  encodePolled,
  err,
  LIMITS,
  ok,
  type PolledFrame,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { POLL } from './limits.ts';

/**
 * G5: one socket whose other end is a poller. What came on it is numbered from 1 and held until a later poll says that
 * it arrived, so that a poll whose answer was lost can be asked again.
 */
export interface Line {
  /** Encoded, oldest first. */
  readonly frames: Uint8Array[];
  /** The number of the first of them. */
  first: number;
  bytes: number;
  /** The last number that a poll was answered with. */
  answeredUpTo: number;
  /** How many texts of the poller were taken. */
  textsReceived: number;
  /** Output is among what came. */
  hasOutput: boolean;
  /** Its close came: nothing follows. */
  ended: boolean;
}

export function newLine(): Line {
  return {
    frames: [],
    first: 1,
    bytes: 0,
    answeredUpTo: 0,
    textsReceived: 0,
    hasOutput: false,
    ended: false,
  };
}

/** The number of the newest frame. */
export const newestNumber = (line: Line): number => line.first + line.frames.length - 1;

/** A frame came. False: the poller is too slow, and this line is at its end: its socket is to be closed. */
export function receiveFrame(line: Line, frame: PolledFrame): boolean {
  if (line.ended) return true;
  const full = frame.kind !== 'close' && line.bytes > POLL.heldBytes;
  const kept: PolledFrame = full ? { kind: 'close', code: CLOSE.tooSlow, reason: 'too slow' } : frame;
  const encoded = encodePolled(kept);
  line.frames.push(encoded);
  line.bytes += encoded.length;
  if (kept.kind === 'binary') line.hasOutput = true;
  if (kept.kind === 'close') line.ended = true;
  return !full;
}

/** Drops everything up to `got`; without `got` everything that the last answer contained. */
export function confirmReceipt(line: Line, got = line.answeredUpTo): Result<null, WireError> {
  if (got < line.first - 1 || got > line.answeredUpTo) {
    const message = `This line holds ${line.first} to ${newestNumber(line)} and gave up to ${line.answeredUpTo}`;
    return err(wireError('INVALID_STATE', message, { field: 'got' }));
  }
  const arrived = line.frames.splice(0, got - line.first + 1);
  line.first = got + 1;
  for (const { length } of arrived) line.bytes -= length;
  return ok(null);
}

/** The oldest that are held, up to 1 MiB, or one that is larger. */
export function takeAnswer(line: Line): Uint8Array<ArrayBuffer> {
  let count = 0;
  let size = 0;
  for (const { length } of line.frames) {
    if (count > 0 && size + length > LIMITS.pollBytes) break;
    size += length;
    count += 1;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const frame of line.frames.slice(0, count)) {
    bytes.set(frame, at);
    at += frame.length;
  }
  line.answeredUpTo = Math.max(line.answeredUpTo, line.first + count - 1);
  return bytes;
}

/**
 * The texts that are new to the line. `from`: the number of the first, from 1, so that a poller whose words may have been
 * lost can say them again; absent: they are new.
 */
export function acceptTexts(
  line: Line,
  texts: readonly string[],
  from = line.textsReceived + 1,
): Result<readonly string[], WireError> {
  const known = line.textsReceived + 1 - from;
  if (known < 0) {
    const message = `This line got ${line.textsReceived}, so the next is ${line.textsReceived + 1}`;
    return err(wireError('INVALID_STATE', message, { field: 'from' }));
  }
  const fresh = texts.slice(known);
  line.textsReceived += fresh.length;
  return ok(fresh);
}
