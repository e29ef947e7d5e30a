/** Visible characters of an attention's text, its ellipsis included. */
export const ATTENTION_CHARS = 200;
/** UTF-16 units that are read of a longer text: most of what is hidden is gone before it is cut. */
const READ_UNITS = 4096;
const BLANKS = /(?:(?!\ufeff)[\s\u2800])+/gu;
/** Controls, halves of characters, and all that draws nothing or reorders what stands beside it. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\ufffc]/gu;

/**
 * A program's own words as one harmless line: without control, bidirectional and invisible characters, of at most
 * `ATTENTION_CHARS` characters, cut with an ellipsis. May be empty. A line that it returned it returns unchanged.
 */
export function attentionText(text: string): string {
  const line = text
    .slice(0, READ_UNITS)
    .replace(BLANKS, ' ')
    .replace(HIDDEN, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...line];
  if (characters.length <= ATTENTION_CHARS) return line;
  return `${characters
    .slice(0, ATTENTION_CHARS - 1)
    .join('')
    .trimEnd()}…`;
}
