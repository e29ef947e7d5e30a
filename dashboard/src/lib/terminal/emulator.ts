import { measureClusters } from '@muster/protocol';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { BASE_FONT } from './fit.ts';
import { type Ground, MIN_CONTRAST, PALETTES } from './palette.ts';
import { ASKING_CSI, ASKING_DCS, ASKING_OSC, OSC_CLIPBOARD } from './replies.ts';

/** This module holds all of xterm.js, and is loaded where a terminal is shown, never before (F13). */
export interface EmulatorEvents {
  /** Keys, pastes, mouse and focus: a person's doing. */
  typed(data: string | Uint8Array): void;
  /** X6: what the emulator answers by itself while it parses. */
  answered(data: string): void;
  title(text: string): void;
  /** A link was pressed with Ctrl or ⌘; nothing opens by itself. */
  link(uri: string): void;
  /** A chord that is ours; true when it was taken. */
  chord(event: KeyboardEvent): boolean;
}

export interface Emulator {
  readonly terminal: Terminal;
  readonly fit: FitAddon;
  readonly search: SearchAddon;
}

const SCROLLBACK_LINES = 5_000;
const FONT_FAMILY =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

export function createEmulator(host: HTMLElement, ground: Ground, events: EmulatorEvents): Emulator {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    cursorInactiveStyle: 'outline',
    fontFamily: FONT_FAMILY,
    fontSize: BASE_FONT,
    lineHeight: 1.15,
    minimumContrastRatio: MIN_CONTRAST[ground],
    scrollback: SCROLLBACK_LINES,
    theme: PALETTES[ground],
    linkHandler: {
      activate: (event, uri) => {
        if (event.ctrlKey || event.metaKey) events.link(uri);
      },
    },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  measureClusters(terminal, new UnicodeGraphemesAddon());
  terminal.attachCustomKeyEventHandler((event) => event.type !== 'keydown' || !events.chord(event));
  terminal.onTitleChange((text) => events.title(text));
  tellAnswersFromKeys(terminal, events);
  restoreBlinkOnReset(terminal);
  terminal.open(host);
  drawFast(terminal);
  return { terminal, fit, search };
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

function drawFast(terminal: Terminal): void {
  hasGpu ??= probeGpu();
  if (!hasGpu) return;
  try {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch {
    // Too many contexts, or a driver that changed its mind: the DOM draws the same cells.
  }
}
