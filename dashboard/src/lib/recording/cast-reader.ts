import { CastEventSchema, type CastHeader, CastHeaderSchema } from '@muster/protocol';

/** One thing that happens in a recording. `at`: ms from its beginning. */
export type RecordedEvent =
  | { readonly at: number; readonly type: 'output'; readonly text: string; readonly fresh: boolean }
  | { readonly at: number; readonly type: 'resize'; readonly cols: number; readonly rows: number }
  | { readonly at: number; readonly type: 'marker'; readonly label: string };

export interface Recording {
  readonly header: CastHeader;
  readonly events: readonly RecordedEvent[];
}

/** How a screen begins that stands for all before it: the terminal is made a fresh one. */
const FRESH = '\x18\x1bc';

/** Reads an asciicast v2 as it arrives. Unknown event types are skipped. */
export class CastReader {
  readonly #events: RecordedEvent[] = [];
  #header: CastHeader | null = null;
  #rest = '';

  /** @throws Error when it is no asciicast v2 */
  push(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  /** Null before its header has come. */
  get recording(): Recording | null {
    return this.#header === null ? null : { header: this.#header, events: this.#events };
  }

  #read(line: string): void {
    if (line === '') return;
    const value: unknown = JSON.parse(line);
    if (this.#header === null) {
      this.#header = CastHeaderSchema.parse(value);
      return;
    }
    const [time, code, data] = CastEventSchema.parse(value);
    const happening = recordedEventOf(Math.round(time * 1000), code, data);
    if (happening !== null) this.#events.push(happening);
  }
}

function recordedEventOf(at: number, code: string, data: string): RecordedEvent | null {
  if (code === 'o') return { at, type: 'output', text: data, fresh: data.startsWith(FRESH) };
  if (code === 'm') return { at, type: 'marker', label: data };
  const [, cols, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(data) ?? [];
  return code === 'r' ? { at, type: 'resize', cols: Number(cols), rows: Number(rows) } : null;
}
