import { createHash } from 'node:crypto';
import { err, type KeeperMessage, LIMITS, ok, type Result, type ToKeeperMessage } from '@muster/protocol';

type Part = Extract<ToKeeperMessage, { type: 'file:part' }>['payload'];
type Answer = Extract<ToKeeperMessage, { type: 'file:part' | 'file:gone' }>;

/** A part that does not come in this time is not waited for any more, ms: a host may be away for a moment. */
const SILENCE_MS = 120_000;

interface Fetch {
  readonly fileId: string;
  readonly parts: Buffer[];
  /** Bytes that came. */
  length: number;
  readonly done: (result: Result<Buffer, string>) => void;
}

/**
 * C15: uploaded files, from the room, part by part: each is asked for when the one before has come, so that keys pass between
 * them, and after a lost link the fetch goes on where it was. One file at a time.
 */
export class RoomFiles {
  readonly #send: (message: KeeperMessage) => void;
  #current: Fetch | null = null;
  #before: Promise<unknown> = Promise.resolve();
  #silence: NodeJS.Timeout | undefined;

  constructor(send: (message: KeeperMessage) => void) {
    this.#send = send;
  }

  /** Its bytes, which are what was uploaded; or why they could not be had, in a person's words. */
  fetch(fileId: string): Promise<Result<Buffer, string>> {
    const fetched = this.#before.then(() => this.#fetch(fileId));
    this.#before = fetched;
    return fetched;
  }

  #fetch(fileId: string): Promise<Result<Buffer, string>> {
    return new Promise((done) => {
      this.#current = { fileId, parts: [], length: 0, done };
      this.#ask(this.#current);
    });
  }

  #ask({ fileId, length: offset }: Fetch): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#finish(err('The room did not send it')), SILENCE_MS);
    this.#silence.unref();
    this.#send({ type: 'file:read', payload: { fileId, offset } });
  }

  /** The link is there again: what was asked may be lost. */
  linked(): void {
    if (this.#current !== null) this.#ask(this.#current);
  }

  handle({ type, payload }: Answer): void {
    const fetch = this.#current;
    if (fetch === null || payload.fileId !== fetch.fileId) return;
    if (type === 'file:gone') return this.#finish(err('It is not there any more'));
    // A repeat, after the link was lost.
    if (payload.offset !== fetch.length) return;
    this.#take(fetch, payload);
  }

  #take(fetch: Fetch, { size, sha256, data }: Part): void {
    const bytes = Buffer.from(data, 'base64');
    const length = fetch.length + bytes.length;
    if (bytes.length === 0 || length > size || size > LIMITS.fileBytes)
      return this.#finish(err('It came damaged'));
    fetch.parts.push(bytes);
    fetch.length = length;
    if (length < size) return this.#ask(fetch);
    const whole = Buffer.concat(fetch.parts);
    const isWhole = createHash('sha256').update(whole).digest('hex') === sha256;
    this.#finish(isWhole ? ok(whole) : err('It came damaged'));
  }

  #finish(result: Result<Buffer, string>): void {
    clearTimeout(this.#silence);
    const fetch = this.#current;
    this.#current = null;
    fetch?.done(result);
  }
}
