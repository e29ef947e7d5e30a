import type { FeedEvents } from '@muster/client';
import { STREAM, textOf } from '@muster/protocol';
import { OutputLog } from './log.ts';

/** Commands whose output a page keeps. */
const MOST = 24;

/** What one command printed, as far as this page heard it. */
export class CommandOutput {
  readonly log = new OutputLog();
  /** False: it had printed before this page listened. */
  fromStart = true;
  #next = 1;
  /** Counts what was drawn; whoever reads it is drawn anew, once a frame however much comes. */
  version = $state(0);
  #drawing = false;

  take(frames: FeedEvents['commandOutput']['frames']): void {
    for (const { commandSequence, stream, data } of frames) {
      if (commandSequence < this.#next) continue;
      if (commandSequence > this.#next) this.#hole();
      this.#next = commandSequence + 1;
      this.log.write(textOf(data), stream === STREAM.stderr ? 'stderr' : 'stdout');
    }
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.version += 1;
    });
  }

  #hole(): void {
    if (this.#next === 1) this.fromStart = false;
    else this.log.lost();
  }
}

/** What the commands of one agent print; of those that printed longest ago nothing is kept. */
export class CommandOutputs {
  readonly #outputs = new Map<string, CommandOutput>();
  #count = $state(0);

  take({ commandId, frames }: FeedEvents['commandOutput']): void {
    let output = this.#outputs.get(commandId);
    if (output === undefined) {
      output = new CommandOutput();
      this.#outputs.set(commandId, output);
      const [oldest] = this.#outputs.keys();
      if (this.#outputs.size > MOST && oldest !== undefined) this.#outputs.delete(oldest);
      this.#count += 1;
    }
    output.take(frames);
  }

  /** null: it has printed nothing that this page heard. */
  of(commandId: string): CommandOutput | null {
    // Read, so that whoever asks hears of the first output too.
    void this.#count;
    return this.#outputs.get(commandId) ?? null;
  }
}
