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
  readonly held: Uint8Array[];
  /** The number of the first of them. */
  first: number;
  bytes: number;
  /** The last number that a poll was answered with. */
  given: number;
  /** How many texts of the poller were taken. */
  said: number;
  /** Output is among what came. */
  output: boolean;
  /** Its close came: nothing follows. */
  ended: boolean;
}

export function newLine(): Line {
  return { held: [], first: 1, bytes: 0, given: 0, said: 0, output: false, ended: false };
}

/** The number of the newest frame. */
export const newest = (line: Line): number => line.first + line.held.length - 1;

/** A frame came. False: the poller is too slow, and this line is at its end: its socket is to be closed. */
export function take(line: Line, frame: PolledFrame): boolean {
  if (line.ended) return true;
  const full = frame.kind !== 'close' && line.bytes > POLL.heldBytes;
  const kept: PolledFrame = full ? { kind: 'close', code: CLOSE.tooSlow, reason: 'too slow' } : frame;
  const encoded = encodePolled(kept);
  line.held.push(encoded);
  line.bytes += encoded.length;
  if (kept.kind === 'binary') line.output = true;
  if (kept.kind === 'close') line.ended = true;
  return !full;
}

/** A poll: everything up to `got` arrived, or what was given last where it does not say. */
export function confirm(line: Line, got = line.given): Result<null, WireError> {
  if (got < line.first - 1 || got > line.given) {
    const message = `This line holds ${line.first} to ${newest(line)} and gave up to ${line.given}`;
    return err(wireError('INVALID_STATE', message, { field: 'got' }));
  }
  const arrived = line.held.splice(0, got - line.first + 1);
  line.first = got + 1;
  for (const { length } of arrived) line.bytes -= length;
  return ok(null);
}

/** The oldest that are held, up to 1 MiB, or one that is larger. */
export function answer(line: Line): Uint8Array<ArrayBuffer> {
  let count = 0;
  let size = 0;
  for (const { length } of line.held) {
    if (count > 0 && size + length > LIMITS.pollBytes) break;
    size += length;
    count += 1;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const frame of line.held.slice(0, count)) {
    bytes.set(frame, at);
    at += frame.length;
  }
  line.given = Math.max(line.given, line.first + count - 1);
  return bytes;
}

/**
 * The texts that are new to the line. `from`: the number of the first, from 1, so that a poller whose words may have been
 * lost can say them again; absent: they are new.
 */
export function hear(
  line: Line,
  texts: readonly string[],
  from = line.said + 1,
): Result<readonly string[], WireError> {
  const known = line.said + 1 - from;
  if (known < 0) {
    const message = `This line got ${line.said}, so the next is ${line.said + 1}`;
    return err(wireError('INVALID_STATE', message, { field: 'from' }));
  }
  const fresh = texts.slice(known);
  line.said += fresh.length;
  return ok(fresh);
}
