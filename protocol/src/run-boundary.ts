import type { PreviousRun, Run, RunCause } from './run.ts';

/** Ends whatever sequence, string or character was cut off. A string that no CAN ends is ended by ST. */
const ABORT = '\x18\x1b\\';
/** The kitty keyboard protocol's flags, of which each screen has a stack, and xterm's modifyOtherKeys. */
const PLAIN_KEYS = '\x1b[<99u\x1b[=0u\x1b[>4m';
/** DECSTR: cursor, attributes, region, charsets, saved cursor and most modes, of the screen in use. */
const SOFT_RESET = '\x1b[!p';
/** Both screens have their own; the alternate one is empty when it is left. */
const BOTH_SCREENS = `\x1b[?1047h${PLAIN_KEYS}${SOFT_RESET}\x1b[?1047l${PLAIN_KEYS}${SOFT_RESET}`;
/** Mouse, focus, paste, keypad, margins, held drawing: what DECSTR leaves on, here or in other terminals. */
const MODES =
  '\x1b[4l\x1b[?1;5;9;45;66;69;1000;1001;1002;1003;1004;1005;1006;1007;1015;1016;2004;2026;2031;2048l\x1b[?7;25h\x1b>\x1b[0 q';
const CHARSETS = '\x1b(B\x1b)B\x1b*B\x1b+B\x0f';
const PEN = '\x1b]8;;\x1b\\\x1b[0"q\x1b[0m';
/** Newline mode, title and palette: what even RIS leaves in xterm.js. */
const OUTSIDE = '\x1b]0;\x1b\\\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\';
const NEWLINE_MODE_OFF = '\x1b[20l';
const TAB_WIDTH = 8;
/** Characters of a reason that the rule shows. */
const REASON_CHARS = 200;

/** Makes a terminal a fresh one, its scrollback empty, whatever was written to it before. */
export const FRESH_TERMINAL = `\x18\x1bc${NEWLINE_MODE_OFF}${OUTSIDE}`;

/**
 * P7: what is written to a terminal, or to whatever draws one, where a run begins: it ends what was cut off, moves what
 * is on the screen into the scrollback, with a rule below it, and leaves an empty screen and a fresh terminal's state.
 * The terminal has the run's size by then. For pipes, which have no screen, output goes on below the rule. Pure.
 */
export function runBoundary(run: Run): string {
  const { terminal, previous } = run;
  const rule = previous === undefined ? '' : `\x1b[2m── ${describe(previous, run.by)} ──\x1b[0m`;
  if (terminal === undefined)
    return rule === ''
      ? ''
      : `${ABORT}${BOTH_SCREENS}${MODES}${CHARSETS}${PEN}${OUTSIDE}\r\n${rule}\x1b[J\r\n`;
  const { cols, rows, used = rows } = terminal;
  if (rule === '' && used === 0) return '';
  const reset = `${ABORT}${BOTH_SCREENS}${MODES}${NEWLINE_MODE_OFF}${CHARSETS}${PEN}${OUTSIDE}\x1b[?6l\x1b[r`;
  // As many line feeds as there are rows put all down to the cursor's row above the screen, wherever that row is.
  const below = used === 0 ? '\x1b[H' : `\x1b[${Math.min(used, rows)};1H${rule === '' ? '' : '\r\n'}`;
  const push = below + rule + '\n'.repeat(rows);
  return `${reset}${push}\x1b[2J${tabStops(cols)}\x1b[H`;
}

function tabStops(cols: number): string {
  const stops = Array.from({ length: Math.ceil(cols / TAB_WIDTH) }, (_, index) => index * TAB_WIDTH + 1);
  return `\x1b[3g${stops.map((column) => `\x1b[${column}G\x1bH`).join('')}`;
}

const STARTED: Readonly<Record<RunCause, string>> = {
  person: 'restarted by a person',
  policy: 'restarted by its restart policy',
  host: 'restarted with its host',
};

function describe({ startedAt, endedAt, exitCode, signal, reason }: PreviousRun, by: RunCause): string {
  const how = endOf(exitCode, signal, startedAt, endedAt);
  const why = reason === undefined ? '' : ` (${shown(reason)})`;
  const when = endedAt === undefined ? '' : ` at ${utc(endedAt)}`;
  const long =
    startedAt === undefined || endedAt === undefined ? '' : ` after ${duration(endedAt - startedAt)}`;
  return `${how}${why}${when}${long} · ${STARTED[by]}`;
}

function endOf(
  exitCode: number | undefined,
  signal: string | undefined,
  startedAt: number | undefined,
  endedAt: number | undefined,
): string {
  if (signal !== undefined) return `ended by ${shown(signal)}`;
  if (exitCode !== undefined) return `ended with exit code ${exitCode}`;
  return startedAt === undefined && endedAt !== undefined ? 'could not be started' : 'nobody saw it end';
}

/** No literal: V8 builds its sets when it reads the file, and they are a megabyte in each keeper (F11). */
const UNSEEN = '[\\p{C}\\p{M}\\p{Z}\\p{Default_Ignorable_Code_Point}]+';

/** It is written to a terminal, so nothing in it may be more than a character that is seen. */
function shown(text: string): string {
  const cut = text.length > REASON_CHARS ? `${text.slice(0, REASON_CHARS)}…` : text;
  return cut.replaceAll(new RegExp(UNSEEN, 'gu'), ' ').trim();
}

const utc = (at: number): string =>
  at > MAX_DATE ? '?' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
const MAX_DATE = 253_402_300_799_999;

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** The two largest units: `2 min 5 s`; below a minute, to a tenth of a second. A clock that was set back counts as 0. */
function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  let left = Math.floor(seconds);
  return UNITS.slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return `${count} ${unit}`;
    })
    .join(' ');
}
