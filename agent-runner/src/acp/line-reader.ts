/** C4: the longest line of an adapter, bytes. */
export const LINE_BYTES = 32 * 1024 * 1024;
/** Of a line that is no message, what is told of it, bytes. */
const BEGINNING_BYTES = 1024;
const NEWLINE = 0x0a;

export interface LineEvents {
  /** A line that is JSON. */
  line(json: unknown): void;
  /** A line that is none, or too long: its beginning, and its length in bytes. */
  garbage(text: string, bytes: number): void;
}

/** Cuts an adapter's output into lines of JSON. It holds one line at most, and of a line that is too long its beginning. */
export class LineReader {
  readonly #events: LineEvents;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(events: LineEvents) {
    this.#events = events;
  }

  push(data: Uint8Array): void {
    let from = 0;
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, from)) {
      this.#add(data.subarray(from, at));
      this.#end();
      from = at + 1;
    }
    this.#add(data.subarray(from));
  }

  /** Nothing more comes: what is left is a line. */
  end(): void {
    this.#end();
  }

  #add(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#length += data.length;
    const fits = this.#length <= LINE_BYTES;
    if (!fits) this.#parts = [Buffer.concat(this.#parts).subarray(0, BEGINNING_BYTES)];
    // The data are the reader's own only until this call returns.
    if (fits || (this.#parts[0]?.length ?? 0) < BEGINNING_BYTES) this.#parts.push(Buffer.from(data));
  }

  #end(): void {
    const bytes = this.#length;
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    const text = bytes > LINE_BYTES ? null : line.toString();
    if (text?.trim() === '') return;
    const json = text === null ? undefined : parsed(text);
    if (json !== undefined) this.#events.line(json);
    else this.#events.garbage(line.subarray(0, BEGINNING_BYTES).toString(), bytes);
  }
}

/** Undefined: it is no object of JSON, and so no message. */
function parsed(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
