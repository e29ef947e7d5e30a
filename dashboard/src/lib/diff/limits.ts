/** Lines of each text that are compared. */
export const COMPARED_LINES = 5_000;
/** Characters of each text that are compared: 1 MiB. */
export const COMPARED_CHARS = 1_048_576;
/**
 * Lines that are removed and added among those that both texts have, up to which the shortest way from one to the other is
 * looked for: about 100 ms. Beyond, what is not common at the beginning and the end is one change.
 */
export const LINE_EDITS = 1_000;

/** Characters of a line in which the changed words are looked for. */
export const WORDS_CHARS = 500;
/** Words that may differ in such a line. */
export const WORD_EDITS = 60;
/** Lines of a text whose changed words are looked for. */
export const WORDS_LINES = 500;
/** The share of a line's characters that must be the same. In a line that is written anew, words in common mean nothing. */
export const SAME_SHARE = 0.3;

/** Unchanged lines that stay around a change. */
export const CONTEXT_LINES = 3;
/** Fewer hidden lines are not worth a button. */
export const FOLDED_LINES = 4;
