import type { FeedEvents, MusterClient } from '@muster/client';
import {
  type EndedCommand,
  type Position,
  type RunningCommand,
  STREAM,
  type TerminalSize,
  textOf,
} from '@muster/protocol';
import { SvelteMap } from 'svelte/reactivity';
import { OutputLog, type Stream } from './log.ts';

/** An interactive command's terminal before anybody sized it. */
export const COMMAND_SIZE: TerminalSize = { cols: 80, rows: 24 };

/** Commands whose output a page keeps. */
const MOST = 24;

/** Bytes of it that a terminal may be drawn from again; the oldest go first. */
const MOST_BYTES = 1024 * 1024;

/** Where a command's terminal is drawn. */
interface Target {
  write(data: Uint8Array): void;
  resize(size: TerminalSize): void;
}

/** One command's output, as far as this page received it. */
export class CommandOutput {
  readonly log: OutputLog;
  /** False: some of it was not heard. */
  whole = $state(true);
  bytes = 0;
  /** The newest of it as it came, for the terminal of an interactive one, each size in its place. */
  readonly #kept: (Uint8Array | TerminalSize)[] = [];
  #keptBytes = 0;
  /** The size before that; null: it was not heard of. */
  #before: TerminalSize | null = null;
  #terminal: Target | null = null;
  #next = 1;
  /** Counts draws; a component that reads it is redrawn, once a frame at most. */
  version = $state(0);
  #drawing = false;

  /** `lines`: how many of it are shown at most. */
  constructor(lines?: number) {
    this.log = new OutputLog(lines);
  }

  take(frames: FeedEvents['commandOutput']['frames']): void {
    for (const { commandSequence, stream, data } of frames) {
      if (commandSequence < this.#next) continue;
      if (commandSequence > this.#next) this.lost();
      this.#next = commandSequence + 1;
      this.write(data, stream === STREAM.stderr ? 'stderr' : 'stdout');
    }
  }

  write(data: Uint8Array, stream: Stream): void {
    this.bytes += data.length;
    this.#keep(data);
    this.log.write(textOf(data), stream);
    this.#draw();
  }

  /** Some of it is not there. `what`: as much as is known of that. */
  lost(what?: string): void {
    this.whole = false;
    this.log.lost(what);
    this.#draw();
  }

  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.version += 1;
    });
  }

  /** Its terminal has this size from here on. */
  sized(size: TerminalSize): void {
    this.#kept.push(size);
    this.#terminal?.resize(size);
  }

  /** Draws on a terminal what there is and all that comes; returns how to stop. `size`: where no other was heard of. */
  draw(terminal: Target, size: TerminalSize): () => void {
    this.#terminal = terminal;
    const heard = this.#before !== null || this.#kept.some((one) => !(one instanceof Uint8Array));
    terminal.resize(this.#before ?? (heard ? COMMAND_SIZE : size));
    for (const one of this.#kept) {
      if (one instanceof Uint8Array) terminal.write(one);
      else terminal.resize(one);
    }
    return () => {
      if (this.#terminal === terminal) this.#terminal = null;
    };
  }

  #drop(oldest: Uint8Array | TerminalSize | undefined): void {
    if (oldest instanceof Uint8Array) this.#keptBytes -= oldest.length;
    else this.#before = oldest ?? null;
  }

  #keep(data: Uint8Array): void {
    this.#terminal?.write(data);
    this.#kept.push(data);
    this.#keptBytes += data.length;
    while (this.#keptBytes > MOST_BYTES) this.#drop(this.#kept.shift());
  }
}

/** `reading`: what this page missed is on its way. `read`: whatever there still is of it has come. */
type Reading = 'reading' | 'read';

/**
 * The output of one agent's commands; that of the least recently active is dropped. What the page's own feed
 * did not bring, since a command printed before or a screen was sent in its place (S14), is read where it stands in
 * the stream, when it is shown.
 */
export class CommandOutputs {
  readonly #outputs = new SvelteMap<string, CommandOutput>();
  readonly #readings = new SvelteMap<string, Reading>();
  readonly #closers = new Set<() => void>();
  readonly #client: Pick<MusterClient, 'open'>;
  readonly #agentId: string;

  constructor(client: Pick<MusterClient, 'open'>, agentId: string) {
    this.#client = client;
    this.#agentId = agentId;
  }

  take({ commandId, frames }: FeedEvents['commandOutput']): void {
    // Its reader brings it all, in order.
    if (this.#readings.has(commandId)) return;
    const output = this.of(commandId) ?? new CommandOutput();
    output.take(frames);
    this.#keep(commandId, output);
  }

  sized(commandId: string, size: TerminalSize): void {
    if (!this.#readings.has(commandId)) this.of(commandId)?.sized(size);
  }

  #keep(commandId: string, output: CommandOutput): void {
    if (this.#outputs.get(commandId) === output) return;
    this.#outputs.set(commandId, output);
    const [oldest] = this.#outputs.keys();
    if (this.#outputs.size <= MOST || oldest === undefined) return;
    this.#outputs.delete(oldest);
    if (this.#readings.get(oldest) === 'read') this.#readings.delete(oldest);
  }

  /** It has a terminal, which is there before anything is printed. */
  begin(commandId: string): void {
    if (this.of(commandId) === null) this.#keep(commandId, new CommandOutput());
  }

  /** null: it has printed nothing that this page heard. */
  of(commandId: string): CommandOutput | null {
    return this.#outputs.get(commandId) ?? null;
  }

  /** null: it was not asked for. */
  reading(commandId: string): Reading | null {
    return this.#readings.get(commandId) ?? null;
  }

  /** Reads what was missed of a command, if anything was. `printed`: bytes it is known to have printed. */
  look(command: RunningCommand | EndedCommand, printed: number): void {
    const { commandId, printsAfter } = command;
    if (printsAfter === undefined || this.#readings.has(commandId)) return;
    const heard = this.of(commandId);
    if (heard === null ? printed === 0 : heard.whole && heard.bytes >= printed) return;
    this.#readings.set(commandId, 'reading');
    this.#read(commandId, printsAfter, 'endedAt' in command);
  }

  #read(commandId: string, after: Position, isOver: boolean): void {
    const output = new CommandOutput();
    const feed = this.#client.open(this.#agentId, { history: 'full', after });
    const close = () => {
      feed.close();
      this.#closers.delete(close);
    };
    const done = () => {
      this.#readings.set(commandId, 'read');
      close();
    };
    this.#closers.add(close);
    feed.on('commandOutput', (said) => {
      if (said.commandId !== commandId) return;
      output.take(said.frames);
      // The earlier output stays until there is something to put in its place.
      this.#keep(commandId, output);
    });
    feed.on('event', ({ event }) => {
      if (event.type === 'command:resized' && event.commandId === commandId)
        output.sized({ cols: event.cols, rows: event.rows });
      if (event.type === 'command:ended' && event.commandId === commandId) done();
    });
    feed.on('replaying', (replaying) => {
      // Its end may be among what is lost; a link that breaks ends a replay too.
      if (!replaying && isOver && feed.connection.name === 'connected') done();
    });
    feed.on('gone', close);
  }

  close(): void {
    for (const close of [...this.#closers]) close();
  }
}
