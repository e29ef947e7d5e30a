/** Containers and emphasis within each other. Deeper ones are text; nobody writes them, and the lexer recurses. */
export const NESTING_LEVELS = 16;

/** Characters of one paragraph, heading or cell that are searched for emphasis and links: that search is quadratic. */
export const INLINE_CHARS = 5_000;

/** Cells of all tables of a text. The lexer fills short rows up, so that a small text could hold millions. */
export const TABLE_CELLS = 20_000;

/** Characters after the last finished block up to which a growing text is read anew with each update. */
export const TAIL_CHARS = 16_384;

/** A longer tail is read anew when it has grown by this share, so that the whole work stays linear. */
export const TAIL_GROWTH = 1 / 8;
