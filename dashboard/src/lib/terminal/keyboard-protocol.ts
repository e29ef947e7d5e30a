import type { Terminal } from '@xterm/xterm';
import { encodeKey } from './key-encoding.ts';
import {
  DISAMBIGUATE,
  flagsOn,
  NO_KEY_FLAGS,
  pop,
  push,
  type ScreenName,
  set,
  setModeOf,
} from './key-flags.ts';
import { isMac } from './platform.ts';

const first = (params: readonly (number | number[])[], index: number): number => {
  const value = params[index];
  return typeof value === 'number' ? value : (value?.[0] ?? 0);
};

/** One terminal's kitty keyboard protocol: what the program asked for in its stream, and keys encoded by it. */
export class KeyboardProtocol {
  #flags = NO_KEY_FLAGS;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const { parser } = terminal;
    parser.registerCsiHandler({ prefix: '>', final: 'u' }, (params) => {
      this.#flags = push(this.#flags, this.#screen, first(params, 0));
      return true;
    });
    parser.registerCsiHandler({ prefix: '<', final: 'u' }, (params) => {
      this.#flags = pop(this.#flags, this.#screen, first(params, 0));
      return true;
    });
    parser.registerCsiHandler({ prefix: '=', final: 'u' }, (params) => {
      const mode = setModeOf(first(params, 1));
      if (mode !== null) this.#flags = set(this.#flags, this.#screen, first(params, 0), mode);
      return true;
    });
    // A terminal that is reset, as it is before each start of a program, knows nothing of the one before.
    parser.registerEscHandler({ final: 'c' }, () => this.#reset());
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, () => this.#reset());
  }

  get flags(): number {
    return flagsOn(this.#flags, this.#screen);
  }

  /** Sends the key by itself where the program asked for that; true when it did. */
  takes(event: KeyboardEvent): boolean {
    if ((this.flags & DISAMBIGUATE) === 0) return false;
    const sent = encodeKey(
      {
        key: event.key,
        code: event.code,
        shiftKey: event.shiftKey,
        altKey: event.altKey,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
        isComposing: event.isComposing || event.keyCode === 229,
        altGraph: event.getModifierState('AltGraph'),
      },
      { altIsMeta: !isMac() || this.#terminal.options.macOptionIsMeta === true },
    );
    if (sent === null) return false;
    event.preventDefault();
    this.#terminal.input(sent, true);
    return true;
  }

  get #screen(): ScreenName {
    return this.#terminal.buffer.active.type;
  }

  #reset(): false {
    this.#flags = NO_KEY_FLAGS;
    return false;
  }
}
