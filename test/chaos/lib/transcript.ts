import type { AgentFeed, MusterClient } from '@muster/client';
import type { Cursor } from '@muster/protocol';

/**
 * What a viewer saw of a program that counts its starts and, in each, its lines (`2 17`): whether any line is
 * missing, twice or out of its place.
 */
export class Transcript {
  /** The end of an epoch that nobody knows was told as such. */
  endIsMarked = false;
  readonly #feed: AgentFeed;
  readonly #lines = new Map<number, number>();
  readonly #wrong: string[] = [];
  readonly #waiting: { readonly start: number; readonly line: number; resolve(): void }[] = [];
  #rest = '';

  constructor(client: MusterClient, agentId: string, after?: Cursor) {
    this.#feed = client.open(agentId, { history: 'full', ...(after === undefined ? {} : { after }) });
    this.#feed.on('output', ({ frames }) => {
      for (const { data } of frames) this.#take(Buffer.from(data).toString('latin1'));
    });
    this.#feed.on('gap', ({ from, to }) => {
      // Half a line may stand before the lost end.
      this.#rest = '';
      if (to === null) this.endIsMarked = true;
      else this.#wrong.push(`a gap from ${from} to ${to}`);
    });
  }

  /** Where the epoch begins that it reads now. */
  get beginning(): Cursor {
    const { cursor } = this.#feed;
    if (cursor === null) throw new Error('nothing has come');
    return { ...cursor, sequence: 0 };
  }

  /** The last line of that start. */
  last(start: number): number {
    return this.#lines.get(start) ?? 0;
  }

  wrong(): readonly string[] {
    return this.#wrong;
  }

  reaches(start: number, line: number): Promise<void> {
    if (this.last(start) >= line) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ start, line, resolve }));
  }

  close(): void {
    this.#feed.close();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [start = 0, number = 0] = line.split(' ').map(Number);
      if (number !== this.last(start) + 1) this.#wrong.push(`"${line}" after line ${this.last(start)}`);
      this.#lines.set(start, number);
    }
    for (const { start, line, resolve } of this.#waiting) if (this.last(start) >= line) resolve();
  }
}
