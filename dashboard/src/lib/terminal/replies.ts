// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const FOCUS = /^\x1b\[[IO]$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with an escape character
const MOUSE = /^\x1b\[(?:<(\d+);\d+;\d+([Mm])|M(.))/s;

/**
 * P8: what a program asks its terminal its keeper answers. Only for a keeper of 0.1.0, which does not, the page does that
 * drives, and queries the present (X6). Its mouse and focus reports
 * come from this page alone.
 */
export interface Parsing {
  /** The bytes being parsed are older than the page. */
  readonly replaying: boolean;
  /** This page drove when the room sent it: then it drove nowhere else. */
  readonly driving: boolean;
  /** undefined: not known. */
  readonly keeperAnswers: boolean | undefined;
}

export const mayReply = (data: string, { replaying, driving, keeperAnswers }: Parsing): boolean =>
  driving && !replaying && (keeperAnswers === false || FOCUS.test(data) || MOUSE.test(data));

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

/** In a mouse report's button: it only moves; and what a released button is called in the old form. */
const MOTION = 32;
const RELEASED = 3;
const OLD_FORM = 32;

/** Keys, pastes and pressed buttons are a person's doing here; a pointer that passes over, or the focus, is not. */
export function isTyping(data: string | Uint8Array): boolean {
  if (typeof data !== 'string' || FOCUS.test(data)) return false;
  const [whole, button, final, old] = MOUSE.exec(data) ?? [];
  if (whole === undefined) return true;
  if (button !== undefined) return final === 'M' && (Number(button) & MOTION) === 0;
  const code = (old ?? '').charCodeAt(0) - OLD_FORM;
  return (code & MOTION) === 0 && (code & RELEASED) !== RELEASED;
}
