/** Characters of a block of code that are coloured; a longer one is plain. */
export const HIGHLIGHT_CHARS = 100_000;
/** Lines of a block of code that are coloured. */
export const HIGHLIGHT_LINES = 2_000;
/** Characters of a line that are searched for tokens. Minified code gains nothing from colours. */
export const HIGHLIGHT_LINE_CHARS = 2_000;
/** Milliseconds after which the rest of a line stays plain. The first line of a language also compiles its grammar. */
export const LINE_TIMEOUT_MS = 2_000;
/** Milliseconds for a block. Code can be written so that a grammar never ends; then the worker is ended. */
export const HIGHLIGHT_TIMEOUT_MS = 10_000;

export const isTooLongToHighlight = (code: string): boolean =>
  code.length > HIGHLIGHT_CHARS || code.split('\n', HIGHLIGHT_LINES + 1).length > HIGHLIGHT_LINES;
