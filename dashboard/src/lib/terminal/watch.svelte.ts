import type { AgentFeed, ConnectionState, FeedEvents, MusterClient, Presence } from '@muster/client';
import {
  type AgentState,
  type CommandId,
  type Run,
  runBoundary,
  type TerminalColors,
  type TerminalSize,
  type WireError,
} from '@muster/protocol';
import { sameSize } from './fit.ts';
import { gapLine, skippedLine } from './markers.ts';
import type { Pacer } from './pacer.ts';
import { redraw } from './redraw.ts';
import { TerminalWriter } from './writer.ts';

/** `nobody`: the next page that types drives. `none`: pipes, or not known yet. */
type DrivenFrom = 'none' | 'nobody' | 'here' | 'elsewhere';

function drivenFrom(state: AgentState | null, clientId: string): DrivenFrom {
  if (state?.keyboard === undefined) return 'none';
  const { driver } = state.keyboard;
  if (driver === null) return 'nobody';
  return driver.clientId === clientId ? 'here' : 'elsewhere';
}

/** The part of an emulator that a stream speaks to; null until it is loaded. */
export interface Screen {
  readonly alternate: boolean;
  resize(size: TerminalSize): void;
}

/**
 * One agent's feed as a page sees it. Everything in the stream's order (bytes, sizes, gaps, the end of a
 * replay) goes through the writer, so it takes effect when all before it has been parsed.
 */
export class AgentWatch {
  readonly agentId: string;
  state = $state.raw<AgentState | null>(null);
  connection = $state.raw<ConnectionState>({ name: 'connecting' });
  replaying = $state(false);
  unconfirmed = $state(0);
  /** Gaps shown so far. */
  gaps = $state(0);
  gone = $state.raw<WireError | null>(null);
  /** The program's size at the place in the stream that is on the screen; null for pipes. */
  size = $state.raw<TerminalSize | null>(null);
  /** Input that was typed while it could not be sent: it is neither sent nor kept (I2). */
  unsent = $state(false);
  /** The viewers; null until the room has sent them. */
  presence = $state.raw<Presence | null>(null);
  /** B9: the page whose keys reach the program; pipes take every page's. */
  readonly driven = $derived.by(() => drivenFrom(this.state, this.#clientId));
  /** The replay as the emulator sees it: still on while bytes of it wait to be parsed. */
  #parsingReplay = false;
  /** The same of a snapshot. */
  #parsingSnapshot = false;
  /** Of a snapshot, for the write that goes on from it. */
  #pending: Uint8Array = new Uint8Array();
  /** X6: whether this page drove when the room sent what is being parsed. */
  parsingOwn = false;
  /** Set by the controller of commands; called in the stream's order. */
  commandOutput: (output: FeedEvents['commandOutput']) => void = () => {};
  /** A command's terminal has this size from here on, in its place between those. */
  commandResized: (commandId: CommandId, size: TerminalSize) => void = () => {};
  /** How things stood when this page came. */
  found: AgentState | null = null;
  readonly #clientId: string;
  readonly writer: TerminalWriter;
  readonly #feed: AgentFeed;
  #screen: Screen | null = null;
  #asOf: AgentState['asOf'] | undefined;

  constructor(client: MusterClient, agentId: string, pacer: Pacer) {
    this.agentId = agentId;
    this.#clientId = client.clientId;
    this.writer = new TerminalWriter(pacer, (count) => this.#skipped(count));
    this.#feed = client.open(agentId, { history: 'screen' });
    this.connection = this.#feed.connection;
    const { state } = this.#feed;
    if (state !== null) this.#stateChanged(state);
    this.#listen(this.#feed);
  }

  #listen(feed: AgentFeed): void {
    feed.on('connection', (connection) => {
      this.connection = connection;
      if (connection.name === 'connected') this.unsent = false;
    });
    feed.on('state', (state) => this.#stateChanged(state));
    feed.on('output', ({ frames }) => {
      for (const frame of frames) this.writer.write(this.#withPending(frame.data));
    });
    feed.on('commandOutput', (output) => this.commandOutput(output));
    feed.on('event', ({ event }) => {
      if (event.type === 'program:resized') this.#resizeInOrder({ cols: event.cols, rows: event.rows });
      else if (event.type === 'command:resized') this.commandResized(event.commandId, event);
      else if (event.type === 'program:status' && event.run !== undefined) this.#begins(event.run);
    });
    feed.on('gap', (gap) => this.#gap(gap));
    feed.on('snapshot', (snapshot) => {
      this.#pending = snapshot.pending;
      redraw(this.writer, snapshot, {
        begin: (size) => {
          this.#parsingSnapshot = true;
          this.#resize(size);
        },
        end: () => {
          this.#parsingSnapshot = false;
        },
      });
    });
    feed.on('replaying', (replaying) => {
      this.replaying = replaying;
      this.writer.write(() => {
        this.#parsingReplay = replaying;
      });
    });
    feed.on('presence', (presence) => {
      this.presence = presence;
    });
    feed.on('unconfirmed', (count) => {
      this.unconfirmed = count;
    });
    feed.on('gone', (error) => {
      this.gone = error;
    });
  }

  /** X6: whether what the emulator parses now is older than the page. */
  get parsingPast(): boolean {
    return this.#parsingReplay || this.#parsingSnapshot;
  }

  /** The emulator is there: it takes the size of its place in the stream, then all that waits. */
  show(screen: Screen, sink: { write(data: Uint8Array, done?: () => void): void }): void {
    this.#screen = screen;
    if (this.size !== null) screen.resize(this.size);
    this.writer.open(sink);
  }

  /** False: it was not sent, and is not kept. */
  input(data: string | Uint8Array): boolean {
    this.unsent = !this.#feed.input(data);
    return !this.unsent;
  }

  /** P9: of a program on pipes. False: it was not sent. */
  endInput(): boolean {
    return this.#feed.endInput();
  }

  /** X6: what nobody typed; the room drops it unless this page drives. */
  answer(data: string | Uint8Array): void {
    if (this.driven === 'here') this.#feed.answer(data);
  }

  /** Input for an interactive command, from any member who may (X5), independent of the driver. False: it was not sent. */
  inputTo(commandId: CommandId, data: string | Uint8Array): boolean {
    return this.#feed.input(data, commandId);
  }

  /** X6: the room drops it unless this page asked for the command. */
  answerTo(commandId: CommandId, data: string | Uint8Array): void {
    this.#feed.answer(data, commandId);
  }

  resize(size: TerminalSize, colors: TerminalColors): void {
    this.#feed.resize(size.cols, size.rows, colors);
  }

  reconnect(): void {
    this.#feed.reconnect();
  }

  close(): void {
    this.writer.close();
    this.#feed.close();
  }

  #stateChanged(state: AgentState): void {
    this.state = state;
    this.found ??= state;
    const own = drivenFrom(state, this.#clientId) === 'here';
    this.writer.write(() => {
      this.parsingOwn = own;
    });
    // A whole state names its place in the stream; what is told of status or keyboard repeats its size, which
    // may be an old one by now.
    const whole = state.asOf !== this.#asOf;
    this.#asOf = state.asOf;
    if (!whole || state.terminal === null || sameSize(this.size, state.terminal)) return;
    this.#resizeInOrder(state.terminal);
  }

  #resizeInOrder(size: TerminalSize): void {
    this.writer.write(() => this.#resize(size));
  }

  #resize(size: TerminalSize): void {
    this.size = size;
    this.#screen?.resize(size);
  }

  /** P7: in its place, also where this page skipped what came before it. */
  #begins(run: Run): void {
    // It was cut off.
    this.#pending = new Uint8Array();
    if (run.terminal !== undefined) this.#resizeInOrder(run.terminal);
    const boundary = new TextEncoder().encode(runBoundary(run));
    if (boundary.length > 0) this.writer.write(() => this.writer.first(boundary));
  }

  #withPending(data: Uint8Array): Uint8Array {
    const pending = this.#pending;
    if (pending.length === 0) return data;
    this.#pending = new Uint8Array();
    const joined = new Uint8Array(pending.length + data.length);
    joined.set(pending);
    joined.set(data, pending.length);
    return joined;
  }

  #gap({ from, to, bytes }: FeedEvents['gap']): void {
    // It went on with what is lost.
    this.#pending = new Uint8Array();
    const frames = to === null ? null : to - from + 1;
    this.writer.write(() => {
      this.gaps += 1;
      // A full-screen program would be written over; there the count in the header has to do.
      if (this.#screen?.alternate !== true) this.writer.first(gapLine({ frames, bytes }));
    });
  }

  #skipped(count: number): void {
    this.gaps += 1;
    this.writer.first(skippedLine(count));
  }
}
