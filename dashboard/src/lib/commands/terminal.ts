import type { TerminalSize } from '@muster/protocol';
import type { Emulator } from '../terminal/emulator.ts';
import { BASE_FONT, scaledFont } from '../terminal/fit.ts';
import type { Ground } from '../terminal/palette.ts';
import { isTyping } from '../terminal/replies.ts';
import type { TerminalElement } from '../terminal/screen.svelte.ts';
import type { CommandOutput } from './outputs.svelte.ts';

/** An interactive command's terminal: the same on every page, each draws it as large as it can. */
const COMMAND_SIZE: TerminalSize = { cols: 80, rows: 24 };

const HIDE_CURSOR = '\x1b[?25l';

export interface Hands {
  /** Keys, pastes and pressed buttons. */
  typed(data: string | Uint8Array): void;
  /** X6: what the emulator says by itself. */
  answered(data: string): void;
  /** Out of the terminal, with the keyboard. */
  leave(): void;
  /** Whether this page asked for it, and so has the keys at once. */
  readonly first: boolean;
}

/** Draws a command's terminal into `host`; `hands`: null for one that is over. Returns how to take it away. */
export function mountCommand(
  host: TerminalElement,
  ground: Ground,
  output: CommandOutput,
  hands: Hands | null,
): () => void {
  // Keeps the emulator out of the Worker's bundle, where nothing is ever mounted.
  if (import.meta.env.SSR) return () => {};
  let left = false;
  let unmount = () => {};
  void import('../terminal/emulator.ts').then(({ createEmulator }) => {
    if (left) return;
    const drawing = { past: true };
    const emulator = createEmulator(host, ground, eventsOf(hands, drawing));
    unmount = open(host, emulator, output, hands);
    emulator.terminal.write(hands === null ? HIDE_CURSOR : '', () => {
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
  output: CommandOutput,
  hands: Hands | null,
): () => void {
  const { terminal } = emulator;
  host.musterTerminal = terminal;
  terminal.options.disableStdin = hands === null;
  terminal.resize(COMMAND_SIZE.cols, COMMAND_SIZE.rows);
  const observer = new ResizeObserver(() => scale(emulator));
  observer.observe(host);
  const stop = output.draw((data) => terminal.write(data));
  if (hands?.first === true) terminal.focus();
  return () => {
    stop();
    observer.disconnect();
    delete host.musterTerminal;
    terminal.dispose();
  };
}

/** As large as its width allows. */
function scale({ terminal, fit }: Emulator): void {
  terminal.options.fontSize = BASE_FONT;
  const proposed = fit.proposeDimensions();
  if (proposed === undefined || Number.isNaN(proposed.cols)) return;
  terminal.options.fontSize = scaledFont(COMMAND_SIZE, { cols: proposed.cols, rows: COMMAND_SIZE.rows });
}

/** `past`: what is drawn was printed before this terminal was there, and asks nobody any more. */
function eventsOf(hands: Hands | null, drawing: { readonly past: boolean }) {
  const answered = (data: string) => {
    if (!drawing.past) hands?.answered(data);
  };
  return {
    answered,
    typed: (data: string | Uint8Array) => {
      if (isTyping(data)) hands?.typed(data);
      else if (typeof data === 'string') answered(data);
    },
    title: () => {},
    link: () => {},
    chord: (event: KeyboardEvent) => {
      const out = event.code === 'Space' && event.shiftKey && (event.ctrlKey || event.metaKey);
      if (out) {
        event.preventDefault();
        hands?.leave();
      }
      return out;
    },
  };
}
