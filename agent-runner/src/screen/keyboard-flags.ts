import { KEYBOARD_FLAGS } from '@muster/protocol';
import type { Terminal } from '@xterm/headless';

/** Entries that one screen's stack keeps; the oldest go. */
const DEPTH = 16;

interface Stack {
  readonly below: number[];
  flags: number;
}

type Params = readonly (number | number[])[];
const numberAt = (params: Params, index: number, missing: number): number => {
  const value = params[index];
  return typeof value === 'number' && value > 0 ? value : missing;
};

/** The flags of the kitty keyboard protocol, which xterm.js 6 does not keep: a stack for each screen. */
export class KeyboardFlags {
  readonly #terminal: Terminal;
  #normal: Stack = { below: [], flags: 0 };
  #alternate: Stack = { below: [], flags: 0 };

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const { parser } = terminal;
    parser.registerCsiHandler({ prefix: '>', final: 'u' }, (params) => this.#push(numberAt(params, 0, 0)));
    parser.registerCsiHandler({ prefix: '<', final: 'u' }, (params) => this.#pop(numberAt(params, 0, 1)));
    parser.registerCsiHandler({ prefix: '=', final: 'u' }, (params) =>
      this.#set(numberAt(params, 0, 0), numberAt(params, 1, 1)),
    );
    parser.registerEscHandler({ final: 'c' }, () => {
      this.#normal = { below: [], flags: 0 };
      this.#alternate = { below: [], flags: 0 };
      return false;
    });
  }

  /** Of the screen in use. */
  get flags(): number {
    return this.#stack.flags;
  }

  /** Sets the same in a terminal that has none set, while it shows that screen. */
  get normal(): string {
    return written(this.#normal);
  }
  get alternate(): string {
    return written(this.#alternate);
  }

  get #stack(): Stack {
    return this.#terminal.buffer.active.type === 'alternate' ? this.#alternate : this.#normal;
  }

  #push(flags: number): boolean {
    const { below } = this.#stack;
    below.push(this.#stack.flags);
    if (below.length > DEPTH) below.shift();
    this.#stack.flags = flags & KEYBOARD_FLAGS;
    return true;
  }

  #pop(count: number): boolean {
    const stack = this.#stack;
    for (let left = Math.min(count, DEPTH + 1); left > 0; left -= 1) stack.flags = stack.below.pop() ?? 0;
    return true;
  }

  /** `how`: 1 sets exactly these, 2 adds them, 3 takes them away. */
  #set(flags: number, how: number): boolean {
    const stack = this.#stack;
    if (how === 1) stack.flags = flags & KEYBOARD_FLAGS;
    else if (how === 2) stack.flags |= flags & KEYBOARD_FLAGS;
    else if (how === 3) stack.flags &= ~flags;
    return true;
  }
}

function written({ below, flags }: Stack): string {
  const [first = 0, ...rest] = [...below, flags];
  return (first === 0 ? '' : `\x1b[=${first}u`) + rest.map((entry) => `\x1b[>${entry}u`).join('');
}
