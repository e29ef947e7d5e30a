import type { AgentFeed, ConnectionState, FeedEvents, MusterClient } from '@muster/client';
import type { AgentState, TerminalSize, WireError } from '@muster/protocol';
import { sameSize } from './fit.ts';
import { gapLine, skippedLine } from './markers.ts';
import type { Pacer } from './pacer.ts';
import { redraw } from './redraw.ts';
import { TerminalWriter } from './writer.ts';

/** The part of an emulator that a stream speaks to; null until it is loaded. */
export interface Screen {
  readonly alternate: boolean;
  resize(size: TerminalSize): void;
}

/**
 * One agent's feed as a page sees it. What the stream says in order (bytes, sizes, gaps, the end of a
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
  /** What was typed while it could not be sent: it is neither sent nor kept (I2). */
  unsent = $state(false);
  /** Who else watched when this page came: the first state is told before the newcomer counts. */
  othersAtFirst: number | null = null;
  /** The replay as the emulator sees it: still on while bytes of it wait to be parsed. */
  #parsingReplay = false;
  /** The same of a snapshot. */
  #parsingSnapshot = false;
  readonly writer: TerminalWriter;
  readonly #feed: AgentFeed;
  #screen: Screen | null = null;

  constructor(client: MusterClient, agentId: string, pacer: Pacer) {
    this.agentId = agentId;
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
      for (const frame of frames) this.writer.write(frame.data);
    });
    feed.on('event', ({ event }) => {
      if (event.type === 'program:resized') this.#resizeInOrder({ cols: event.cols, rows: event.rows });
    });
    feed.on('gap', (gap) => this.#gap(gap));
    feed.on('snapshot', (snapshot) =>
      redraw(this.writer, snapshot, {
        begin: (size) => {
          this.#parsingSnapshot = true;
          this.#resize(size);
        },
        end: () => {
          this.#parsingSnapshot = false;
        },
      }),
    );
    feed.on('replaying', (replaying) => {
      this.replaying = replaying;
      this.writer.write(() => {
        this.#parsingReplay = replaying;
      });
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

  input(data: string | Uint8Array): void {
    this.unsent = !this.#feed.input(data);
  }

  resize(size: TerminalSize): void {
    this.#feed.resize(size.cols, size.rows);
  }

  reconnect(): void {
    this.#feed.reconnect();
  }

  close(): void {
    this.writer.close();
    this.#feed.close();
  }

  #stateChanged(state: AgentState): void {
    this.othersAtFirst ??= state.agent.viewers;
    this.state = state;
    if (state.terminal !== null && !sameSize(this.size, state.terminal)) this.#resizeInOrder(state.terminal);
  }

  #resizeInOrder(size: TerminalSize): void {
    this.writer.write(() => this.#resize(size));
  }

  #resize(size: TerminalSize): void {
    this.size = size;
    this.#screen?.resize(size);
  }

  #gap({ from, to, bytes }: FeedEvents['gap']): void {
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
