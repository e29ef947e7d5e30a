import { measureClusters } from '@muster/protocol';
import { FitAddon } from '@xterm/addon-fit';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { keepCompositionInside } from './composition.ts';
import { fontFor } from './font.ts';
import { KeyboardProtocol } from './keyboard-protocol.ts';
import { provideLinks } from './link-provider.ts';
import type { FoundLink } from './links.ts';
import { type Ground, MIN_CONTRAST, PALETTES } from './palette.ts';
import { capturePastes } from './paste-events.ts';
import { pagePreferences } from './preferences.svelte.ts';
import { ASKING_CSI, ASKING_DCS, ASKING_OSC, OSC_CLIPBOARD } from './replies.ts';
import type { LoadSearch } from './terminal-search.svelte.ts';

/** This module holds all of xterm.js, and is loaded where a terminal is shown, never before (F13). */
export interface EmulatorEvents {
  /** Keys, pastes, mouse and focus: a person's doing. */
  typed(data: string | Uint8Array): void;
  /** X6: what the emulator answers by itself while it parses. */
  answered(data: string): void;
  title(text: string): void;
  /** X22: text that came at once, by a paste or otherwise; nothing of it was sent. */
  pasted(text: string): void;
  /** A link was pressed; nothing opens by itself. */
  link(link: Pick<FoundLink, 'kind' | 'target'>): void;
  /** The cells have another size. */
  measured(): void;
  /** A chord that is ours; true when it was taken. */
  chord(event: KeyboardEvent): boolean;
}

export interface Emulator {
  readonly terminal: Terminal;
  readonly fit: FitAddon;
  readonly loadSearch: LoadSearch;
  readonly keyboard: KeyboardProtocol;
}

const SCROLLBACK_LINES = 5_000;

export function createEmulator(host: HTMLElement, ground: Ground, events: EmulatorEvents): Emulator {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    cursorInactiveStyle: 'outline',
    fontFamily: 'monospace',
    fontSize: pagePreferences().fontSize,
    // Boxes are drawn by the font, which fills a line of this height: more would leave gaps.
    lineHeight: 1,
    macOptionClickForcesSelection: true,
    macOptionIsMeta: pagePreferences().optionIsMeta,
    minimumContrastRatio: MIN_CONTRAST[ground],
    scrollback: SCROLLBACK_LINES,
    theme: PALETTES[ground],
    linkHandler: {
      activate: (_, target) => events.link({ kind: 'address', target }),
    },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  measureClusters(terminal, new UnicodeGraphemesAddon());
  const keyboard = new KeyboardProtocol(terminal);
  terminal.attachCustomKeyEventHandler(
    (event) => event.type !== 'keydown' || !(events.chord(event) || keyboard.takes(event)),
  );
  terminal.onTitleChange((text) => events.title(text));
  tellAnswersFromKeys(terminal, events);
  terminal.options.fontFamily = fontFor({
    family: (family) => {
      if (terminal.options.fontFamily === family) return;
      terminal.options.fontFamily = family;
      events.measured();
    },
    redraw: () => terminal.clearTextureAtlas(),
  });
  restoreBlinkOnReset(terminal);
  terminal.open(host);
  void drawFast(terminal);
  handlePeople(host, terminal, events);
  const loadSearch = async () => {
    const { SearchAddon } = await import('@xterm/addon-search');
    const search = new SearchAddon();
    terminal.loadAddon(search);
    return search;
  };
  return { terminal, fit, loadSearch, keyboard };
}

/** Text that comes at once, text that is being composed, and what can be pressed. */
function handlePeople(host: HTMLElement, terminal: Terminal, events: EmulatorEvents): void {
  provideLinks(terminal, (link) => events.link(link));
  if (terminal.textarea === undefined) return;
  capturePastes(host, terminal.textarea, (text) => events.pasted(text));
  keepCompositionInside(host, terminal.textarea);
}

/** P7: mode 12 sets an option of xterm.js, which no reset of its own gives back. */
function restoreBlinkOnReset(terminal: Terminal): void {
  const { cursorBlink } = terminal.options;
  const restore = () => {
    if (cursorBlink !== undefined) terminal.options.cursorBlink = cursorBlink;
    return false;
  };
  terminal.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, restore);
  terminal.parser.registerEscHandler({ final: 'c' }, restore);
}

function tellAnswersFromKeys(terminal: Terminal, events: EmulatorEvents): void {
  let parsing = false;
  const mark = () => {
    parsing = true;
    // A parse runs to its end without a break, so the mark is gone before any key can come.
    queueMicrotask(() => {
      parsing = false;
    });
    return false;
  };
  for (const id of ASKING_CSI) terminal.parser.registerCsiHandler(id, mark);
  for (const id of ASKING_DCS) terminal.parser.registerDcsHandler(id, mark);
  for (const id of ASKING_OSC) terminal.parser.registerOscHandler(id, mark);
  terminal.parser.registerOscHandler(OSC_CLIPBOARD, () => true);
  terminal.onData((data) => (parsing ? events.answered(data) : events.typed(data)));
  terminal.onBinary((data) =>
    events.typed(Uint8Array.from(data, (character) => character.charCodeAt(0) & 0xff)),
  );
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
let hasGpu: boolean | undefined;

/** Whether WebGL here means a graphics card: a canvas drawn by the CPU is slower than the DOM. */
function probeGpu(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (probe === null) return false;
  const info = probe.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = probe.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER);
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  return !SOFTWARE.test(String(renderer));
}

/** Draws with WebGL, which loads after the terminal has opened. Until then the DOM draws the same cells (F16). */
async function drawFast(terminal: Terminal): Promise<void> {
  hasGpu ??= probeGpu();
  if (!hasGpu) return;
  try {
    const { WebglAddon } = await import('@xterm/addon-webgl');
    if (terminal.element?.isConnected !== true) return;
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch {
    // The add-on did not load, or the browser has no WebGL context left: the DOM goes on drawing.
  }
}
