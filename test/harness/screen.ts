import type { AgentFeed, MusterClient } from '@muster/client';
import {
  FRESH_TERMINAL,
  measureClusters,
  runBoundary,
  type Snapshot,
  type StreamEvent,
} from '@muster/protocol';
import headless from '@xterm/headless';
import type { Locator } from 'playwright-core';
import { UnicodeGraphemesAddon } from '../../agent-runner/src/screen/grapheme-addon.ts';
import type { Cast } from './asciicast.ts';

/** The cell interface that xterm.js and its headless build share. */
interface Cell {
  getChars(): string;
  getWidth(): number;
  getFgColorMode(): number;
  getFgColor(): number;
  getBgColorMode(): number;
  getBgColor(): number;
  isBold(): number;
  isItalic(): number;
  isDim(): number;
  isUnderline(): number;
  isInverse(): number;
  isInvisible(): number;
  isStrikethrough(): number;
}

interface Emulator {
  readonly cols: number;
  readonly rows: number;
  readonly buffer: {
    readonly active: {
      readonly type: string;
      readonly baseY: number;
      readonly cursorX: number;
      readonly cursorY: number;
      getLine(y: number): { getCell(x: number): Cell | undefined } | undefined;
    };
  };
}

/** Everything a screen shows, every cell of it, as text that reads well in a failure. */
export interface Screen {
  readonly size: string;
  readonly cursor: string;
  readonly text: readonly string[];
  /** Width, colours and attributes: where each run of equal ones starts. */
  readonly looks: readonly string[];
}

/** The element that carries an emulator, as the dashboard's does. */
type Carrier = object & { readonly musterTerminal?: Emulator };

/** Reads every cell. It is sent to the page as source, so it stands alone. */
function readScreen(carrier: Carrier): Screen {
  const terminal = carrier.musterTerminal;
  if (terminal === undefined) throw new Error('no terminal is open here');
  const { active } = terminal.buffer;
  const look = (cell: Cell) =>
    [
      `w${cell.getWidth()}`,
      `${cell.getFgColorMode()}:${cell.getFgColor()}`,
      `${cell.getBgColorMode()}:${cell.getBgColor()}`,
      [cell.isBold(), cell.isItalic(), cell.isDim(), cell.isUnderline()].map(Boolean).map(Number).join(''),
      [cell.isInverse(), cell.isInvisible(), cell.isStrikethrough()].map(Boolean).map(Number).join(''),
    ].join(' ');
  const runs = (looks: readonly string[]) => {
    const starts = looks.flatMap((one, x) => (one === looks[x - 1] ? [] : [x]));
    return starts.map((x) => `${x}: ${looks[x]}`).join(', ');
  };
  const rows = Array.from({ length: terminal.rows }, (_, y) =>
    Array.from({ length: terminal.cols }, (_, x) => active.getLine(active.baseY + y)?.getCell(x)),
  );
  return {
    size: `${terminal.cols}x${terminal.rows} ${active.type}`,
    cursor: `${active.cursorX},${active.cursorY}`,
    text: rows.map((row) =>
      row
        .map((cell) => cell?.getChars() || (cell?.getWidth() === 0 ? '' : ' '))
        .join('')
        .trimEnd(),
    ),
    looks: rows.map((row) => runs(row.map((cell) => (cell === undefined ? '?' : look(cell))))),
  };
}

/** The screen of a terminal on a page. */
export function screenOf(terminal: Locator): Promise<Screen> {
  return terminal.evaluate(readScreen);
}

function newTerminal(size: { readonly cols: number; readonly rows: number }): headless.Terminal {
  const terminal = new headless.Terminal({
    ...size,
    allowProposedApi: true,
    scrollback: 5000,
    logLevel: 'off',
  });
  measureClusters(terminal, new UnicodeGraphemesAddon());
  return terminal;
}

/** An emulator outside any browser, fed the program's bytes, or those of one command, by a viewer of the whole stream. */
export class Mirror {
  readonly feed: AgentFeed;
  readonly #terminal: headless.Terminal;
  #done: Promise<void> = Promise.resolve();

  constructor(
    client: MusterClient,
    agentId: string,
    size: { readonly cols: number; readonly rows: number },
    command: string | null = null,
    history: 'full' | 'screen' = 'full',
  ) {
    this.#terminal = newTerminal(size);
    this.feed = client.open(agentId, { history });
    this.feed.on('snapshot', (snapshot) => this.#redraw(snapshot));
    const draw = ({ frames }: { readonly frames: readonly { readonly data: Uint8Array }[] }) => {
      for (const frame of frames) this.#then((next) => this.#terminal.write(frame.data, next));
    };
    if (command === null) this.feed.on('output', draw);
    else this.feed.on('commandOutput', (said) => said.commandId === command && draw(said));
    this.feed.on('event', ({ event }) => {
      if (command === null) this.#follow(event);
    });
  }

  #redraw({ cols, rows, data, modes, pending }: Snapshot): void {
    this.#then((next) => {
      this.#terminal.resize(cols, rows);
      this.#terminal.write(FRESH_TERMINAL);
      this.#terminal.write(Buffer.concat([data, modes, pending]), next);
    });
  }

  #follow(event: StreamEvent): void {
    const run = event.type === 'program:status' ? event.run : undefined;
    const size = event.type === 'program:resized' ? event : run?.terminal;
    this.#then((next) => {
      if (size !== undefined) this.#terminal.resize(size.cols, size.rows);
      this.#terminal.write(run === undefined ? '' : runBoundary(run), next);
    });
  }

  #then(step: (next: () => void) => void): void {
    this.#done = this.#done.then(() => new Promise<void>((resolve) => step(resolve)));
  }

  /** The screen once everything that has come so far is drawn. */
  async screen(): Promise<Screen> {
    await this.#done;
    return readScreen({ musterTerminal: this.#terminal });
  }

  close(): void {
    this.feed.close();
    this.#terminal.dispose();
  }
}

/** The screen at the end of a recording, in an emulator of its own. */
export async function screenOfCast({ width, height, events }: Cast): Promise<Screen> {
  const size = { cols: width, rows: height };
  const terminal = newTerminal(size);
  for (const { code, data } of events) {
    const [cols = 0, rows = 0] = data.split('x').map(Number);
    if (code === 'o') await new Promise<void>((resolve) => terminal.write(data, resolve));
    else if (code === 'r') terminal.resize(cols, rows);
  }
  const screen = readScreen({ musterTerminal: terminal });
  terminal.dispose();
  return screen;
}
