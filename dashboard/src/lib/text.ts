/**
 * Text from outside as a person may safely read it (X6, X23): control characters are shown, not obeyed, and so
 * is all that cannot be seen or that reorders what stands beside it.
 */
const C0_PICTURES = 0x2400;
const DEL_PICTURE = '\u2421';
/** Acts on what is around it, or draws nothing: controls, bidi, default ignorables, blanks that are not spaces. */
const INVISIBLE =
  '\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Bidi_Control}\\p{Default_Ignorable_Code_Point}' +
  '\\u2800\\ufff9-\\ufffc\\u{13430}-\\u{1343f}\\u{16fe4}\\u{1d159}';
/** Spaces that look like the one on the keyboard and are not. */
const SPACES = '\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000';
const HIDDEN = new RegExp(`[${INVISIBLE}${SPACES}]`, 'gu');
/** In prose a wide space is a space, and what belongs to a picture is seen in it. */
const HIDDEN_IN_PROSE = new RegExp(
  '(?!(?<=\\p{Emoji}|\\p{Extended_Pictographic})\\ufe0f)' +
    '(?!(?<=\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d(?=\\p{Extended_Pictographic}))' +
    `[${INVISIBLE}]`,
  'gu',
);

function pictureOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(C0_PICTURES + code);
  if (code === 0x7f) return DEL_PICTURE;
  const hex = code.toString(16).padStart(4, '0');
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`;
}

/** For names, titles, commands and links, by which a person recognises or decides. Every hidden character is shown. */
export const visible = (text: string): string => text.replace(HIDDEN, pictureOf);

/** A program's output for reading: as `visible`, but with its emoji and its wide spaces. */
export const readable = (text: string): string => text.replace(HIDDEN_IN_PROSE, pictureOf);

/** How many characters `visible` would have to show. Line ends and tabs of a text of several lines do not count. */
export const countHidden = (text: string): number => text.replace(/[\t\r\n]/g, '').match(HIDDEN)?.length ?? 0;

/** Facts in a line, those that are known: `Every agent · joined today`. */
export const factsOf = (...facts: readonly (string | null)[]): string =>
  facts.flatMap((fact) => (fact === null ? [] : [visible(fact)])).join(' · ');
