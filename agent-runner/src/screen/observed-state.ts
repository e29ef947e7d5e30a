import type { Terminal } from '@xterm/headless';

/** Text of one colour or title that is kept, characters. */
const TEXT_CHARS = 1_024;
const COLOURS = 256;
/** OSC 10 sets text, ground and cursor one after the other, as far as it names them. */
const SPECIAL = [10, 11, 12];

/** State that only the pages of viewers keep, since this emulator draws nothing: title, palette, whether the cursor blinks. */
export class ObservedState {
  #title = '';
  #blinks: boolean | null = null;
  readonly #palette = new Map<string, string>();

  constructor(terminal: Terminal) {
    terminal.onTitleChange((title) => {
      this.#title = title.slice(0, TEXT_CHARS);
    });
    // Each handler lets xterm's own run too.
    terminal.parser.registerOscHandler(4, (data) => this.#indexed(data));
    terminal.parser.registerOscHandler(104, (data) => this.#restoreIndexed(data));
    for (const [offset, code] of SPECIAL.entries()) {
      terminal.parser.registerOscHandler(code, (data) => this.#special(data, offset));
      terminal.parser.registerOscHandler(code + 100, () => this.#forget(`${code}`));
    }
    // As the pages do: what of a terminal is an option to xterm.js comes back with a reset.
    terminal.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.#restoreBlink());
    terminal.parser.registerEscHandler({ final: 'c' }, () => this.#restoreBlink());
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => this.#blink(params, true));
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => this.#blink(params, false));
  }

  /** The colour that the program set for a key such as `4;1` or `11`; undefined: none. */
  colour(which: string): string | undefined {
    return this.#palette.get(which);
  }

  /** Sets the same in a fresh terminal. */
  get state(): string {
    const colours = [...this.#palette].map(([which, colour]) => `\x1b]${which};${colour}\x1b\\`).join('');
    const title = this.#title === '' ? '' : `\x1b]2;${this.#title}\x1b\\`;
    return colours + title + (this.#blinks === null ? '' : `\x1b[?12${this.#blinks ? 'h' : 'l'}`);
  }

  #indexed(data: string): boolean {
    const parts = data.split(';');
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const index = Number(parts[at]);
      if (Number.isInteger(index) && index >= 0 && index < COLOURS) this.#keep(`4;${index}`, parts[at + 1]);
    }
    return false;
  }

  #restoreIndexed(data: string): boolean {
    const which = data === '' ? [...this.#palette.keys()].filter((key) => key.startsWith('4;')) : [];
    for (const key of which) this.#palette.delete(key);
    for (const index of data.split(';')) this.#palette.delete(`4;${index}`);
    return false;
  }

  #special(data: string, offset: number): boolean {
    for (const [index, colour] of data.split(';').entries()) {
      const code = SPECIAL[offset + index];
      if (code !== undefined) this.#keep(`${code}`, colour);
    }
    return false;
  }

  #keep(which: string, colour: string | undefined): void {
    if (colour !== undefined && colour !== '?' && colour.length <= TEXT_CHARS)
      this.#palette.set(which, colour);
  }

  #forget(which: string): boolean {
    this.#palette.delete(which);
    return false;
  }

  #restoreBlink(): boolean {
    this.#blinks = null;
    return false;
  }

  #blink(params: readonly (number | number[])[], on: boolean): boolean {
    if (params.includes(12)) this.#blinks = on;
    return false;
  }
}
