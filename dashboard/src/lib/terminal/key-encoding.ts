/**
 * Keys as the kitty keyboard protocol encodes them with its first flag, "disambiguate escape codes". Text stays
 * text; Enter, Tab and Backspace stay themselves without modifiers; everything that was ambiguous is a `CSI u`.
 */
export interface Key {
  /** As `KeyboardEvent` has them. */
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
  /** AltGr is held, which writes characters. */
  readonly altGraph: boolean;
}

export interface Keyboard {
  /** Whether Alt is a modifier here; on a Mac it writes characters unless a person chose otherwise. */
  readonly altIsMeta: boolean;
}

const CSI = '\x1b[';
/** Keys that end in a letter, with `1` before their modifiers. */
const LETTERED: Readonly<Record<string, string>> = {
  ArrowUp: 'A',
  ArrowDown: 'B',
  ArrowRight: 'C',
  ArrowLeft: 'D',
  End: 'F',
  Home: 'H',
  F1: 'P',
  F2: 'Q',
  F4: 'S',
};
/** Keys that end in a tilde. */
const TILDE: Readonly<Record<string, number>> = {
  Insert: 2,
  Delete: 3,
  PageUp: 5,
  PageDown: 6,
  F3: 13,
  F5: 15,
  F6: 17,
  F7: 18,
  F8: 19,
  F9: 20,
  F10: 21,
  F11: 23,
  F12: 24,
};
const NAMED: Readonly<Record<string, number>> = { Escape: 27, Enter: 13, Tab: 9, Backspace: 127 };
/** These are what a person types to get out of a mode that a dead program left, so they stay as they were. */
const PLAIN: Readonly<Record<string, string>> = { Enter: '\r', Tab: '\t', Backspace: '\x7f' };
/** Keys of the keypad that write nothing, by the code of the key. */
const KEYPAD: Readonly<Record<string, number>> = {
  NumpadEnter: 57_414,
  ArrowLeft: 57_417,
  ArrowRight: 57_418,
  ArrowUp: 57_419,
  ArrowDown: 57_420,
  PageUp: 57_421,
  PageDown: 57_422,
  Home: 57_423,
  End: 57_424,
  Insert: 57_425,
  Delete: 57_426,
  Clear: 57_427,
};
/** The characters of a US keyboard's keys without Shift, where the browser only reports the shifted ones. */
const UNSHIFTED: Readonly<Record<string, string>> = {
  Backquote: '`',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  Semicolon: ';',
  Quote: "'",
  Comma: ',',
  Period: '.',
  Slash: '/',
};

function modifiersOf({ shiftKey, altKey, ctrlKey }: Key): number {
  return 1 + (shiftKey ? 1 : 0) + (altKey ? 2 : 0) + (ctrlKey ? 4 : 0);
}

/** The character that the key writes by itself; on other alphabets, that of the layout shortcuts are made for. */
function baseOf({ key, code, shiftKey }: Key): string {
  const lower = key.toLowerCase();
  const ascii = /^[\u0020-\u007e]$/.test(lower);
  if (ascii && (!shiftKey || /^[a-z]$/.test(lower))) return lower;
  const letter = /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase();
  return letter ?? /^Digit(\d)$/.exec(code)?.[1] ?? UNSHIFTED[code] ?? lower;
}

const withModifiers = (number: number, modifiers: number, end: string): string =>
  modifiers === 1 ? CSI + number + end : `${CSI}${number};${modifiers}${end}`;

/** The bytes for a key that was pressed; null where it is the terminal's or the browser's own to handle. */
export function encodeKey(pressed: Key, { altIsMeta }: Keyboard): string | null {
  const { key, code, altKey, ctrlKey, metaKey, isComposing, altGraph } = pressed;
  if (isComposing || metaKey || altGraph) return null;
  const modifiers = modifiersOf(pressed);
  const keypad = code.startsWith('Numpad') ? (KEYPAD[code] ?? KEYPAD[key]) : undefined;
  if (keypad !== undefined) return withModifiers(keypad, modifiers, 'u');
  const named = NAMED[key];
  if (named !== undefined) {
    const plain = modifiers === 1 ? PLAIN[key] : undefined;
    return plain ?? withModifiers(named, modifiers, 'u');
  }
  const letter = LETTERED[key];
  if (letter !== undefined) return modifiers === 1 ? CSI + letter : `${CSI}1;${modifiers}${letter}`;
  const tilde = TILDE[key];
  if (tilde !== undefined) return withModifiers(tilde, modifiers, '~');
  if ([...key].length !== 1 || !(ctrlKey || (altKey && altIsMeta))) return null;
  return withModifiers(baseOf(pressed).codePointAt(0) ?? 0, modifiers, 'u');
}
