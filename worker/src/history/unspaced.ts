/** Scripts that are written without spaces between words, or, as Korean, with endings joined to them. */
const SCRIPTS = [
  ...['Han', 'Hira', 'Kana', 'Bopo', 'Hang', 'Yiii', 'Tang', 'Nshu', 'Kits'],
  ...['Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt', 'Java', 'Bali', 'Lana', 'Talu', 'Tale', 'Tavt', 'Cham'],
];
const LETTER = '[\\p{L}\\p{M}\\p{N}\\p{Co}]';
const UNSPACED = `(?=${LETTER})[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]`;

const HAS_UNSPACED = new RegExp(UNSPACED, 'u');
const RUN = new RegExp(`${LETTER}+`, 'gu');
/** Parts of a run: letters of scripts without spaces, and others. */
const PARTS = new RegExp(`(?:${UNSPACED})+|(?:(?!${UNSPACED}).)+`, 'gsu');
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;
const MARKS = /\p{M}/gu;
/** The first character that is not. */
const NOT_ASCII = '\u0080';

/** Whether some letter of it is of a script without spaces. */
export const isUnspaced = (text: string): boolean => HAS_UNSPACED.test(text);

/** One code point as it is compared: without case, and without diacritics where the script has spaces. */
function foldOne(one: string): string {
  if (one < NOT_ASCII) return one.toLowerCase();
  return isUnspaced(one) ? one : one.toLowerCase().normalize('NFD').replace(MARKS, '');
}

/**
 * A text as it is compared: one form for each width, composition and case, nothing that is invisible. Diacritics count in
 * the scripts without spaces only, as in the index of words.
 */
export const folded = (text: string): string =>
  text.length === 1 && text < NOT_ASCII
    ? text.toLowerCase()
    : Array.from(text.normalize('NFKC').replace(IGNORED, ''), foldOne).join('');

/** Sequences of letters and digits. */
export const runsOf = (text: string): readonly string[] => text.match(RUN) ?? [];

/** A run in parts that have spaces around words, and parts that have not. */
export const partsOf = (run: string): readonly string[] => run.match(PARTS) ?? [];
