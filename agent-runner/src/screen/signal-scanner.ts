import { NotificationParser } from './notification-parser.ts';
import type { Signal } from './signal.ts';

const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESCAPE = 0x1b;
const BACKSLASH = 0x5c;
const COMMAND = 0x5d;
const DELETE = 0x7f;
const STRING_TERMINATOR = Buffer.from([ESCAPE, BACKSLASH]);
/** Final characters of an escape sequence behind which a string follows: DCS, SOS, PM and APC. */
const STRINGS = new Set(Array.from('PX^_', (character) => character.charCodeAt(0)));
/** First digits of the commands that may signal something: hyperlinks, which come by the thousand, begin with another. */
const COMMANDS = new Set(Array.from('0279', (digit) => digit.charCodeAt(0)));
/** Bytes of an operating system command that are kept: a longer one (an image, a clipboard) signals nothing. */
const MAX_COMMAND_BYTES = 4096;
/** Backslashes of a read that are looked at one by one, before it is searched for both bytes of a terminator. */
const MAX_BACKSLASHES = 8;

const STATE = { ground: 0, escape: 1, command: 2, commandEscape: 3, string: 4 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/**
 * C13a: finds bells, titles and notifications in what a program prints, however that is cut into pieces. It knows no more
 * of a terminal than where strings begin and end. Most output is not looked at byte by byte: a read that rings no bell
 * and terminates no string signals nothing, and only its last escape sequence can reach into the next.
 */
export class SignalScanner {
  readonly #signalled: (signal: Signal) => void;
  readonly #parser = new NotificationParser();
  #state: State = STATE.ground;
  /** The command that has begun, and how long it is; more than the maximum: it is too long. */
  readonly #command = Buffer.alloc(MAX_COMMAND_BYTES);
  #length = 0;

  constructor(signalled: (signal: Signal) => void) {
    this.#signalled = signalled;
  }

  scan(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    let at = 0;
    while (at < bytes.length && this.#state !== STATE.ground) at = this.#step(bytes, at);
    const rest = bytes.subarray(at);
    at = maySignal(rest) ? 0 : openingOf(rest);
    while (at < rest.length) at = this.#step(rest, at);
  }

  /** Reads on from `at`; returns where it came to. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case STATE.ground:
        return this.#text(bytes, at);
      case STATE.escape:
        return this.#escape(bytes[at] ?? 0, at);
      case STATE.command:
        return this.#inCommand(bytes, at);
      case STATE.commandEscape:
        return this.#commandEscape(bytes[at] ?? 0, at);
      case STATE.string:
        return this.#inString(bytes, at);
    }
  }

  #text(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === BELL) this.#signalled({ type: 'bell' });
      if (byte !== ESCAPE) continue;
      this.#state = STATE.escape;
      return at + 1;
    }
    return bytes.length;
  }

  /** Controls are obeyed within an escape sequence too, and do not end it. */
  #escape(byte: number, at: number): number {
    if (byte === BELL) this.#signalled({ type: 'bell' });
    if (byte === CANCEL || byte === SUBSTITUTE) this.#state = STATE.ground;
    if (byte < 0x20 || byte === DELETE) return at + 1;
    this.#length = 0;
    this.#state = byte === COMMAND ? STATE.command : STRINGS.has(byte) ? STATE.string : STATE.ground;
    return at + 1;
  }

  #inCommand(bytes: Buffer, from: number): number {
    const at = endOfString(bytes, from, true);
    this.#collect(bytes, from, at);
    const byte = bytes[at];
    if (byte === undefined) return at;
    if (byte === BELL) this.#finish();
    this.#state = byte === ESCAPE ? STATE.commandEscape : STATE.ground;
    return at + 1;
  }

  /** Another sequence than the terminator cancels the command. */
  #commandEscape(byte: number, at: number): number {
    this.#state = STATE.escape;
    if (byte !== BACKSLASH) return at;
    this.#finish();
    this.#state = STATE.ground;
    return at + 1;
  }

  #inString(bytes: Buffer, from: number): number {
    const at = endOfString(bytes, from, false);
    const byte = bytes[at];
    if (byte === undefined) return at;
    this.#state = byte === ESCAPE ? STATE.escape : STATE.ground;
    return at + 1;
  }

  #collect(bytes: Buffer, from: number, to: number): void {
    bytes.copy(this.#command, Math.min(this.#length, MAX_COMMAND_BYTES), from, to);
    this.#length += to - from;
  }

  #finish(): void {
    if (this.#length > MAX_COMMAND_BYTES || !COMMANDS.has(this.#command[0] ?? 0)) return;
    const signal = this.#parser.parse(this.#command.toString('utf8', 0, this.#length));
    if (signal !== null) this.#signalled(signal);
  }
}

/** Where a string ends, or is cut off; the length where it does neither. Only a command ends with a bell. */
function endOfString(bytes: Buffer, from: number, isCommand: boolean): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === ESCAPE || byte === CANCEL || byte === SUBSTITUTE || (isCommand && byte === BELL)) return at;
  }
  return bytes.length;
}

/** Whether a bell rings or a string ends in a read that begins within none. */
const maySignal = (bytes: Buffer): boolean => bytes.indexOf(BELL) >= 0 || hasTerminator(bytes);

/** Backslashes are rare where escape characters are not, and the other way round. */
function hasTerminator(bytes: Buffer): boolean {
  let at = bytes.indexOf(BACKSLASH);
  for (let seen = 0; at >= 0; seen += 1) {
    if (bytes[at - 1] === ESCAPE) return true;
    if (seen === MAX_BACKSLASHES) return bytes.indexOf(STRING_TERMINATOR, at) >= 0;
    at = bytes.indexOf(BACKSLASH, at + 1);
  }
  return false;
}

/**
 * Where to begin in a read that signals nothing, to end in the right state: an escape character forgets what was before
 * it, so that the last one will do.
 */
function openingOf(bytes: Buffer): number {
  const last = bytes.lastIndexOf(ESCAPE);
  if (last < 0) return bytes.length;
  const byte = bytes[last + 1] ?? 0;
  const isText = byte >= 0x20 && byte !== DELETE && byte !== COMMAND && !STRINGS.has(byte);
  if (isText) return bytes.length;
  // At the very end it may be a terminator's first half, of a command that began before it.
  const before = last === bytes.length - 1 && last > 0 ? bytes.lastIndexOf(ESCAPE, last - 1) : -1;
  return before < 0 ? last : before;
}
