import type { Prompt, PromptPart, UploadedFile } from '@muster/protocol';

/** The word behind `@` right before the caret; null: no file is being named. */
export function mentionQuery(text: string, caret: number): string | null {
  const [, word] = /(?:^|\s)@(\S*)$/.exec(text.slice(0, caret)) ?? [];
  return word ?? null;
}

/** The text with this path in the place of the word before the caret, and where the caret goes then. */
export function withMention(
  text: string,
  caret: number,
  path: string,
): { readonly text: string; readonly caret: number } {
  const from = text.slice(0, caret).lastIndexOf('@');
  const rest = text.slice(caret);
  const before = `${text.slice(0, from)}@${path}${/^\s/.test(rest) ? '' : ' '}`;
  return { text: before + rest, caret: before.length + (/^\s/.test(rest) ? 1 : 0) };
}

/** What is sent: the text, links to the files that it names by `@`, and the files that were attached. A text alone stays one. */
export function promptOfDraft(
  text: string,
  mentioned: ReadonlySet<string>,
  files: readonly UploadedFile[],
): string | Prompt {
  const parts = [
    ...partsOf(text, mentioned),
    ...files.map((file): PromptPart => ({ type: 'file', ...file })),
  ];
  return parts.some(({ type }) => type !== 'text') ? parts : text;
}

function partsOf(text: string, mentioned: ReadonlySet<string>): PromptPart[] {
  if (text.trim() === '') return [];
  const parts: PromptPart[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<=^|\s)@/g)) {
    if (match.index < from) continue;
    const path = longestOf(text.slice(match.index + 1), mentioned);
    if (path === null) continue;
    if (match.index > from) parts.push({ type: 'text', text: text.slice(from, match.index) });
    parts.push({ type: 'mention', path });
    from = match.index + 1 + path.length;
  }
  if (from < text.length) parts.push({ type: 'text', text: text.slice(from) });
  return parts;
}

/** Of the paths that a text begins with the longest; a name that goes on is another one. */
function longestOf(text: string, mentioned: ReadonlySet<string>): string | null {
  const fits = [...mentioned].filter(
    (path) => text.startsWith(path) && !/^[\w/-]/.test(text.slice(path.length)),
  );
  return fits.sort((left, right) => right.length - left.length)[0] ?? null;
}
