/** Where a run of these begins a line, or stands alone, it is a fence. */
const RUNS = /`{3,}/g;
/** Characters that Markdown or HTML reads as more than text, in a line of ours. */
const SIGNS = /[\\`*_[\]{}<>()#+!|~&-]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** They change how what follows is read, and cannot be seen. */
const HIDDEN = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const codeOf = (one: string) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`;

/** A text with what cannot be seen shown as its number. */
export const shown = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(CONTROL, codeOf).replace(HIDDEN, codeOf);

/** A name or title within a line of ours: nothing in it is Markdown or HTML. */
export const inline = (text: string): string =>
  shown(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(SIGNS, (sign) => `\\${sign}`);

/** A text that nothing in it can end: the fence is longer than any inside. `language`: a word of ours. */
export function fenced(text: string, language = ''): string {
  const longest = (text.match(RUNS) ?? []).reduce((most, { length }) => Math.max(most, length), 2);
  const fence = '`'.repeat(longest + 1);
  const body = shown(text);
  return `${fence}${language}\n${body}${body.endsWith('\n') ? '' : '\n'}${fence}\n`;
}

/** What a reader of Markdown may turn into more than text: HTML, what is loaded from elsewhere, a link that runs. */
const ACTIVE = /<[a-z/!?]|!\[|(?:javascript|vbscript|data):/i;

/**
 * What an agent or a member wrote in Markdown: a quotation, so that no heading or fence of it is ours; where it has more
 * than text and code in it, a fence, exactly as it is.
 */
export const quoted = (text: string): string =>
  ACTIVE.test(text)
    ? fenced(text, 'markdown')
    : `${shown(text)
        .split('\n')
        .map((line) => (line === '' ? '>' : `> ${line}`))
        .join('\n')}\n`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Behind a line that opens it. `summary`: plain text. */
export const folded = (summary: string, body: string): string => {
  const line = shown(summary)
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
  return `<details><summary>${line}</summary>\n\n${body}\n</details>\n`;
};
