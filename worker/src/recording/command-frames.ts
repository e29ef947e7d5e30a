import {
  type BatchHeader,
  decodeEvents,
  type Frame,
  framesOf,
  type Position,
  type TerminalSize,
} from '@muster/protocol';

/** A part of a command's output, a new size of its terminal, or a gap. `time`: ms since 1970, by the host's clock. */
export type CommandOutput =
  | ({ readonly type: 'output' } & Frame)
  | ({ readonly type: 'resized'; readonly time: number } & TerminalSize)
  | { readonly type: 'gap'; readonly what: string; readonly time: number };

export const NOTHING_KEPT = 'nothing of it is kept';

/** Finds one command in the batches of an agent's stream, taken in their order (R2): what lies between its start and its end. */
export class CommandFrames {
  readonly #command: string;
  #phase: 'before' | 'within' | 'over' = 'before';
  #at: Position | null = null;
  #time = 0;

  /** `after`: a place within it, from which reading goes on. */
  constructor(command: string, after: Position | null = null) {
    this.#command = command;
    this.#at = after;
    if (after !== null) this.#phase = 'within';
  }

  /** Its start was seen, or output of it, and its end was not. */
  get within(): boolean {
    return this.#phase === 'within';
  }

  /** Nothing more will come of it. */
  get done(): boolean {
    return this.#phase === 'over';
  }

  /** Whether this batch has to be unpacked. */
  wants({ kind, command }: BatchHeader): boolean {
    return kind === 'output' && command === this.#command;
  }

  /** `raw`: the unpacked body, where that is wanted. */
  batch(bytes: Uint8Array, header: BatchHeader, raw: Uint8Array): CommandOutput[] {
    const { kind, epoch, last, time } = header;
    if (this.done || (this.#at?.epoch === epoch && last <= this.#at.sequence)) return [];
    const outputs = this.#missing(header);
    if (this.done) return outputs;
    if (kind === 'gap') outputs.push(...this.#gap(`${header.rawSize} bytes are lost`, time));
    else if (kind === 'event') outputs.push(...this.#events(bytes, header));
    else if (this.wants(header)) outputs.push(...this.#output(bytes, header, raw));
    this.#at = { epoch, sequence: last };
    this.#time = time;
    return outputs;
  }

  /** After the last batch of one that was started. */
  end(): CommandOutput[] {
    return this.#phase === 'before' ? [{ type: 'gap', what: NOTHING_KEPT, time: this.#time }] : [];
  }

  /** What lies between the last batch and this one. */
  #missing({ epoch, first, time }: BatchHeader): CommandOutput[] {
    const at = this.#at;
    if (at === null || this.#phase !== 'within' || (at.epoch === epoch && first <= at.sequence + 1))
      return [];
    if (at.epoch === epoch) return this.#gap(`${first - 1 - at.sequence} frames are missing`, time);
    // Q5: with its epoch a command is over, whatever became of it.
    const outputs = this.#gap('the host was restarted, and nobody saw its end', time);
    this.#phase = 'over';
    return outputs;
  }

  #gap(what: string, time: number): CommandOutput[] {
    return this.#phase === 'within' ? [{ type: 'gap', what, time }] : [];
  }

  #events(bytes: Uint8Array, header: BatchHeader): CommandOutput[] {
    const outputs: CommandOutput[] = [];
    const events = decodeEvents(bytes, header);
    for (const event of events.ok ? events.value : []) {
      if (event.type === 'command:started' && event.commandId === this.#command) this.#phase = 'within';
      if (event.type === 'command:ended' && event.commandId === this.#command) this.#phase = 'over';
      if (event.type === 'command:resized' && event.commandId === this.#command)
        outputs.push({ type: 'resized', cols: event.cols, rows: event.rows, time: header.time });
    }
    return outputs;
  }

  #output(bytes: Uint8Array, header: BatchHeader, raw: Uint8Array): CommandOutput[] {
    const began = this.#phase === 'within';
    this.#phase = 'within';
    const outputs = began ? [] : this.#gap('the beginning is no longer kept', header.time);
    for (const frame of framesOf(bytes, header, raw))
      if (this.#at?.epoch !== header.epoch || frame.sequence > this.#at.sequence)
        outputs.push({ type: 'output', ...frame });
    return outputs;
  }
}
