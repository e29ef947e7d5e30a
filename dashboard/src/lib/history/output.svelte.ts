import { type CommandRow, OutputPageSchema, type WireError } from '@muster/protocol';
import { CommandOutput } from '../commands/outputs.svelte.ts';
import { get } from '../rest/get.ts';
import { type Retention, retentionBeforeRead, retentionOf } from './retention.ts';

/** Lines of it that a page shows at most: of three pages, as they are sent. */
const LINES = 6_000;

/** Where what a command printed is had. */
export const outputPath = (commandId: string) => `/api/commands/${encodeURIComponent(commandId)}/output`;

/** The output of a past command, read a page at a time from its room. */
export class PastOutput {
  readonly output = new CommandOutput(LINES);
  reading = $state(false);
  failure = $state.raw<WireError | null>(null);
  /** There is more of it. */
  goesOn = $state(false);
  /** Bytes that were read. */
  bytes = $state(0);
  kept = $state.raw<Retention | null>(null);
  readonly #command: CommandRow;
  readonly #gone = new AbortController();
  readonly #encoder = new TextEncoder();
  #next: string | undefined;

  constructor(command: CommandRow) {
    this.#command = command;
    this.kept = retentionBeforeRead(command);
    if (this.kept === null) void this.more();
  }

  /** The next page that says anything; again where that failed. */
  async more(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    this.failure = null;
    while (await this.#page());
    this.reading = false;
  }

  close(): void {
    this.#gone.abort();
  }

  /** Whether another is to be read at once. */
  async #page(): Promise<boolean> {
    const { signal } = this.#gone;
    const query = { format: 'json', after: this.#next };
    const answer = await get(outputPath(this.#command.commandId), query, OutputPageSchema, signal);
    if (signal.aborted) return false;
    if (!answer.ok) {
      this.failure = answer.error;
      return false;
    }
    const { parts, bytes, next } = answer.value;
    for (const part of parts)
      if ('missing' in part) this.output.lost(part.missing);
      else if ('size' in part) this.output.sized(part.size);
      else this.output.write(this.#encoder.encode(part.text), part.stream);
    this.bytes += bytes;
    this.#next = next ?? undefined;
    this.goesOn = next !== null;
    if (!this.goesOn) this.kept = retentionOf(this.#command, this.bytes, this.output.whole);
    return this.goesOn && parts.length === 0;
  }
}
