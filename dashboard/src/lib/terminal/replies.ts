/**
 * X6: what a terminal answers by itself (who are you, where is the cursor, which colour) is for the program
 * that asked now, and from one page only. A page answers when its person has this terminal under the hands.
 */
export interface Hands {
  /** What is being parsed is older than the page. */
  readonly replaying: boolean;
  /** The terminal has the keyboard focus in a focused window. */
  readonly focused: boolean;
  /** When this page's person last typed or pressed a button here, ms; null for never. */
  readonly droveAt: number | null;
}

/** After this long without a key, ms, someone else may be the one who types. */
export const HANDS_MS = 60_000;

export function mayReply({ replaying, focused, droveAt }: Hands, now: number): boolean {
  return !replaying && focused && droveAt !== null && now - droveAt <= HANDS_MS;
}

/**
 * The sequences on which xterm.js answers while it parses. A handler that only marks the parse and lets the
 * default go on tells such answers from keys, which never come in the middle of a parse.
 */
export const ASKING_CSI: readonly { prefix?: string; intermediates?: string; final: string }[] = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '>', final: 'q' },
  { final: 't' },
  { prefix: '?', final: 'h' },
  { prefix: '?', final: 'u' },
];
export const ASKING_DCS: readonly { intermediates: string; final: string }[] = [
  { intermediates: '$', final: 'q' },
  { intermediates: '+', final: 'q' },
];
export const ASKING_OSC: readonly number[] = [4, 5, 10, 11, 12, 13, 14, 17, 19];
/** The clipboard is the person's; programs neither read nor write it. */
export const OSC_CLIPBOARD = 52;

// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const REPORT = /^\x1b\[(?:[IO]$|<|M)/;

/** Keys and pastes take the terminal under the hands; focus and mouse reports alone do not. */
export function isTyping(data: string | Uint8Array): boolean {
  return typeof data === 'string' && !REPORT.test(data);
}
