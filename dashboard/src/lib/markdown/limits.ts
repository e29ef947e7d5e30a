/** Containers and emphasis within each other. Deeper ones are text; nobody writes them, and the lexer recurses. */
export const NESTING_LEVELS = 16;

/** Characters of one paragraph, heading or cell that are searched for emphasis and links: that search is quadratic. */
export const INLINE_CHARS = 5_000;

/** Cells of all tables of a text. The lexer fills short rows up, so that a small text could hold millions. */
export const TABLE_CELLS = 20_000;

/**
 * Characters that the lexer is given at once, for what it does can be quadratic in them. A longer list, quote or table is
 * cut at the start of a line; a longer fence is not.
 */
export const WINDOW_CHARS = 16_384;
