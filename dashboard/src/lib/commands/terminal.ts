import type { TerminalSize } from '@muster/protocol';
import type { Emulator } from '../terminal/emulator.ts';
import { clampSize, scaledFont } from '../terminal/fit.ts';
import { loadEmulator } from '../terminal/load-emulator.ts';
import type { Ground } from '../terminal/palette.ts';
import { pagePreferences } from '../terminal/preferences.svelte.ts';
import { isTyping } from '../terminal/replies.ts';
import type { TerminalElement } from '../terminal/screen.svelte.ts';
import { COMMAND_SIZE, type CommandOutput } from './outputs.svelte.ts';

/** ms that a box keeps its width before the command hears of it. */
const RESIZE_DELAY_MS = 150;

const HIDE_CURSOR = '\x1b[?25l';

export interface TerminalInput {
  /** Keys, pastes and pressed buttons. */
  typed(data: string | Uint8Array): void;
  /** X6: what the emulator says by itself. */
  answered(data: string): void;
  /** Out of the terminal, with the keyboard. */
  leave(): void;
  /** B9e: the size that fits here. */
  fits(size: TerminalSize): void;
  /** Whether this page asked for it, and so has the keys at once and says how wide it is. */
  readonly first: boolean;
}

export interface TerminalSource {
  readonly output: CommandOutput;
  /** As its room tells it, for where the stream does not. */
  readonly size: TerminalSize | undefined;
  /** X22: what came at once, for its terminal to ask about. */
  readonly pasted: (text: string) => void;
}

/** Draws a command's terminal into `host`; `input`: null for one that is over. Returns how to take it away. */
export function mountCommand(
  host: TerminalElement,
  ground: Ground,
  drawn: TerminalSource,
  input: TerminalInput | null,
): () => void {
  // Keeps the emulator out of the Worker's bundle, where nothing is ever mounted.
  if (import.meta.env.SSR) return () => {};
  let left = false;
  let unmount = () => {};
  void loadEmulator().then(({ createEmulator }) => {
    if (left) return;
    const drawing = { past: true };
    const emulator = createEmulator(host, ground, eventsOf(input, drawing, drawn.pasted));
    unmount = open(host, emulator, drawn, input);
    emulator.terminal.write(input === null ? HIDE_CURSOR : '', () => {
      drawing.past = false;
    });
  });
  return () => {
    left = true;
    unmount();
  };
}

function open(
  host: TerminalElement,
  emulator: Emulator,
  { output, size = COMMAND_SIZE }: TerminalSource,
  input: TerminalInput | null,
): () => void {
  const { terminal } = emulator;
  host.musterTerminal = terminal;
  terminal.options.disableStdin = input === null;
  let settled: ReturnType<typeof setTimeout> | undefined;
  const observer = new ResizeObserver(() => {
    const cols = scale(emulator);
    if (cols === null || input?.first !== true) return;
    clearTimeout(settled);
    settled = setTimeout(() => input.fits(clampSize(cols, COMMAND_SIZE.rows)), RESIZE_DELAY_MS);
  });
  observer.observe(host);
  let shown = true;
  const resize = ({ cols, rows }: TerminalSize) => {
    if (!shown) return;
    terminal.resize(cols, rows);
    scale(emulator);
  };
  // Behind all that was printed before it.
  const inOrder = (next: TerminalSize) => terminal.write('', () => resize(next));
  const stop = output.draw({ write: (data) => terminal.write(data), resize: inOrder }, size);
  if (input?.first === true) terminal.focus();
  return () => {
    shown = false;
    stop();
    clearTimeout(settled);
    observer.disconnect();
    delete host.musterTerminal;
    terminal.dispose();
  };
}

/** As large as its width allows; returns the columns that would fit at the base font, null where nothing is seen. */
function scale({ terminal, fit }: Emulator): number | null {
  const { cols, rows } = terminal;
  const base = pagePreferences().fontSize;
  terminal.options.fontSize = base;
  const proposed = fit.proposeDimensions();
  if (proposed === undefined || Number.isNaN(proposed.cols)) return null;
  terminal.options.fontSize = scaledFont({ cols, rows }, { cols: proposed.cols, rows }, base);
  return proposed.cols;
}

/** `past`: what is drawn was printed before this terminal was there, and asks nobody any more. */
function eventsOf(
  input: TerminalInput | null,
  drawing: { readonly past: boolean },
  pasted: (text: string) => void,
) {
  const answered = (data: string) => {
    if (!drawing.past) input?.answered(data);
  };
  return {
    answered,
    typed: (data: string | Uint8Array) => {
      if (isTyping(data)) input?.typed(data);
      else if (typeof data === 'string') answered(data);
    },
    title: () => {},
    link: () => {},
    measured: () => {},
    pasted: (text: string) => {
      if (input !== null) pasted(text);
    },
    chord: (event: KeyboardEvent) => {
      const out = event.code === 'Space' && event.shiftKey && (event.ctrlKey || event.metaKey);
      if (out) {
        event.preventDefault();
        input?.leave();
      }
      return out;
    },
  };
}
