import { DEFAULT_COLORS, type TerminalColors } from '@muster/protocol';
import type { Terminal } from '@xterm/headless';
import { indexedColour, isDark, parseColour, reported, specialColour } from './colours.ts';
import type { Core } from './internals.ts';
import type { KeyboardFlags } from './keyboard-flags.ts';
import type { ObservedState } from './observed-state.ts';
import { sgrOf } from './serialize/sgr-writer.ts';

/** The terminal's name in replies; the emulation is xterm.js's in the pages too. */
const NAME = 'xterm.js(6.0.0)';
/** px of a cell: pages draw it in many sizes, and one answer is right for all. */
const CELL = { width: 8, height: 16 };
/** Terminfo names that a program may ask for (XTGETTCAP), with what is true of every page. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  TN: 'xterm-256color',
  Co: '256',
  colors: '256',
  RGB: '8/8/8',
};
/** kitty's desktop notifications: always shown, never told of as activated or closed, without icons, buttons and sounds. */
const NOTIFICATIONS = 'o=always:p=title,body,close,?';
/** Capabilities that one question may name. */
const CAPABILITIES_ASKED = 32;
/** Device status reports (DSR) of what is not there: printer, keys of one's own, keyboard, locator. */
const DEVICES: Readonly<Record<number, string>> = {
  15: '\x1b[?13n',
  25: '\x1b[?20n',
  26: '\x1b[?27;1;0;0n',
  53: '\x1b[?50n',
  55: '\x1b[?50n',
  56: '\x1b[?57;0n',
};
/** Modes of DEC's that xterm.js does not name; 2027: grapheme clusters are one character, always. */
const FIXED_MODES: Readonly<Record<number, number>> = { 2027: 3 };
const SPECIAL_CODES = [10, 11, 12, 17, 19];
const STEADY: Readonly<Record<string, number>> = { block: 2, underline: 4, bar: 6 };
const ST = '\x1b\\';

type Params = readonly (number | number[])[];
const first = (params: Params): number => (typeof params[0] === 'number' ? params[0] : 0);

/**
 * P8: replies to a program's terminal queries, at the query's position. xterm.js answers the queries it knows;
 * the rest, and those it answers wrongly, are here. An echoed report is no query again.
 */
export class QueryResponder {
  colors: TerminalColors = DEFAULT_COLORS;
  readonly #core: Core;
  readonly #observed: ObservedState;
  readonly #flags: KeyboardFlags;
  readonly #reply: (text: string) => void;

  constructor(
    terminal: Terminal,
    core: Core,
    known: { readonly observed: ObservedState; readonly flags: KeyboardFlags },
    say: (text: string) => void,
  ) {
    this.#core = core;
    this.#observed = known.observed;
    this.#flags = known.flags;
    this.#reply = say;
    terminal.onData(say);
    const { parser } = terminal;
    parser.registerCsiHandler({ final: 'n' }, (params) => this.#status(first(params)));
    parser.registerCsiHandler({ prefix: '?', final: 'n' }, (params) => this.#deviceStatus(first(params)));
    parser.registerCsiHandler({ prefix: '>', final: 'c' }, (params) => params.length > 1);
    parser.registerCsiHandler({ prefix: '=', final: 'c' }, (params) =>
      this.#if(first(params) === 0, `\x1bP!|00000000${ST}`),
    );
    parser.registerEscHandler({ final: 'Z' }, () => this.#if(true, '\x1b[?1;2c'));
    parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, (params) =>
      this.#mode(first(params)),
    );
    parser.registerCsiHandler({ prefix: '>', final: 'q' }, (params) =>
      this.#if(first(params) === 0, `\x1bP>|${NAME}${ST}`),
    );
    parser.registerCsiHandler({ prefix: '?', final: 'u' }, (params) =>
      this.#if(first(params) === 0, `\x1b[?${this.#flags.flags}u`),
    );
    parser.registerCsiHandler({ prefix: '?', final: 'm' }, (params) =>
      this.#if(first(params) === 4, '\x1b[>4;0m'),
    );
    parser.registerCsiHandler({ final: 't' }, (params) => this.#window(first(params)));
    parser.registerCsiHandler({ final: 'x' }, (params) =>
      this.#if(first(params) < 2, `\x1b[${first(params) + 2};1;1;128;128;1;0x`),
    );
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, (data) => this.#setting(data));
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, (data) => this.#capabilities(data));
    parser.registerOscHandler(4, (data) => this.#indexed(data));
    for (const code of SPECIAL_CODES) parser.registerOscHandler(code, (data) => this.#special(code, data));
    parser.registerOscHandler(99, (data) => this.#notification(data));
  }

  #if(asked: boolean, answer: string): boolean {
    if (asked) this.#reply(answer);
    return asked;
  }

  #status(what: number): boolean {
    if (what === 5) return this.#if(true, '\x1b[0n');
    return this.#if(what === 6, `\x1b[${this.#cursorPosition}R`);
  }

  #deviceStatus(what: number): boolean {
    if (what === 6) return this.#if(true, `\x1b[?${this.#cursorPosition}R`);
    if (what === 996) return this.#if(true, `\x1b[?997;${isDark(this.#background) ? 1 : 2}n`);
    const device = DEVICES[what];
    return this.#if(device !== undefined, device ?? '');
  }

  /** The last column also where the next character wraps; in origin mode within the region. */
  get #cursorPosition(): string {
    const { buffers, cols } = this.#core._bufferService;
    const { x, y, scrollTop } = buffers.active;
    const top = this.#core.coreService.decPrivateModes.origin ? scrollTop : 0;
    return `${Math.max(0, y - top) + 1};${Math.min(x, cols - 1) + 1}`;
  }

  get #background(): string {
    return this.#observed.colour('11') ?? this.colors.background;
  }

  #mode(number: number): boolean {
    const fixed = FIXED_MODES[number];
    return this.#if(fixed !== undefined, `\x1b[?${number};${fixed}$y`);
  }

  /** Sizes; never a title, which a program could have had typed. */
  #window(what: number): boolean {
    const { cols, rows } = this.#core._bufferService;
    const answers: Readonly<Record<number, string>> = {
      11: '\x1b[1t',
      13: '\x1b[3;0;0t',
      14: `\x1b[4;${rows * CELL.height};${cols * CELL.width}t`,
      15: `\x1b[5;${rows * CELL.height};${cols * CELL.width}t`,
      16: `\x1b[6;${CELL.height};${CELL.width}t`,
      18: `\x1b[8;${rows};${cols}t`,
      19: `\x1b[9;${rows};${cols}t`,
      20: `\x1b]L${ST}`,
      21: `\x1b]l${ST}`,
    };
    const answer = answers[what];
    return this.#if(answer !== undefined, answer ?? '');
  }

  #setting(data: string): boolean {
    if (data === 'm') {
      const sgr = sgrOf(this.#core._inputHandler._curAttrData);
      return this.#if(true, `\x1bP1$r${sgr === '' ? '0' : sgr}m${ST}`);
    }
    if (data !== ' q') return false;
    const { cursorStyle, cursorBlink } = this.#core.coreService.decPrivateModes;
    const style = (STEADY[cursorStyle ?? 'block'] ?? 2) - (cursorBlink === true ? 1 : 0);
    return this.#if(true, `\x1bP1$r${style} q${ST}`);
  }

  #capabilities(data: string): boolean {
    for (const name of data.split(';').slice(0, CAPABILITIES_ASKED)) {
      // It is said back, so it is nothing but hexadecimal.
      if (!/^(?:[\da-f]{2}){1,32}$/i.test(name)) continue;
      const value = CAPABILITIES[Buffer.from(name, 'hex').toString('latin1')];
      const known = value === undefined ? '' : `=${Buffer.from(value).toString('hex')}`;
      this.#reply(`\x1bP${value === undefined ? 0 : 1}+r${name}${known}${ST}`);
    }
    return true;
  }

  /** In one sequence colours may be set and asked for, in turn. */
  #indexed(data: string): boolean {
    const parts = data.split(';');
    const own = new Map<string, string>();
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [which = '', spec = ''] = parts.slice(at, at + 2);
      if (!/^\d{1,3}$/.test(which) || Number(which) > 255) continue;
      if (spec !== '?') {
        own.set(which, spec);
        continue;
      }
      const usual = indexedColour(this.colors, Number(which));
      this.#report(`4;${which}`, own.get(which) ?? this.#observed.colour(`4;${which}`) ?? usual, usual);
    }
    return false;
  }

  /** OSC 10, 11 and 12 may go on with the next of them. */
  #special(code: number, data: string): boolean {
    for (const [offset, text] of data.split(';').entries()) {
      const asked = code + offset;
      if (text !== '?' || !SPECIAL_CODES.includes(asked)) continue;
      const usual = specialColour(this.colors, asked);
      this.#report(`${asked}`, this.#observed.colour(`${asked}`) ?? usual, usual);
    }
    return false;
  }

  #report(which: string, own: string, usual: string): void {
    const rgb = parseColour(own) ?? parseColour(usual);
    if (rgb !== null) this.#reply(`\x1b]${which};${reported(rgb)}${ST}`);
  }

  /** Desktop notifications: here only this question. Those themselves are found beside the emulator (`SignalScanner`). */
  #notification(data: string): boolean {
    const [, keys = '', payload = ''] = /^([^;]*);?(.*)$/s.exec(data) ?? [];
    const fields = new Map(keys.split(':').map((pair) => [pair.slice(0, 1), pair.slice(2)] as const));
    if (fields.get('p') !== '?' || payload !== '') return true;
    const id = /^[\w+.-]{1,64}$/.exec(fields.get('i') ?? '')?.[0];
    return this.#if(true, `\x1b]99;${id === undefined ? '' : `i=${id}:`}p=?;${NOTIFICATIONS}${ST}`);
  }
}
