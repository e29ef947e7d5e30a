import { type Item, isTextItem, type ToolContent, type ToolItem } from '@muster/protocol';
import { searchable } from './text.ts';
import { HISTORY } from './types.ts';

/** What is searched of an item: what a person reads of it, up to the limit. */
export function itemText(item: Item): string {
  return searchable(wordsOf(item));
}

function wordsOf(item: Item): string {
  if (isTextItem(item)) return item.text;
  if (item.kind === 'plan') return item.entries.map(({ content }) => content).join('\n');
  if (item.kind === 'other') return item.json;
  const { title, rawInput = '', content, locations } = item;
  return [title, ...locations.map(({ path }) => path), rawInput, ...content.map(contentText)].join('\n');
}

function contentText(content: ToolContent): string {
  switch (content.type) {
    case 'text':
    case 'terminal':
      return content.text;
    case 'diff':
      return `${content.path}\n${content.newText}`;
    case 'link':
      return `${content.name ?? ''} ${content.uri}`;
    case 'image':
      return '';
    case 'other':
      return content.json;
  }
}

/** C15: an item as history keeps it: a text keeps its beginning, a tool call says how much was left out. */
export function keptItem(item: Item): Item {
  if (isTextItem(item)) return { ...item, text: item.text.slice(0, HISTORY.outputChars) };
  if (item.kind === 'other') return { ...item, json: item.json.slice(0, HISTORY.outputChars) };
  return item.kind === 'tool' ? keptTool(item) : item;
}

const charsOf = (value: unknown) => JSON.stringify(value).length;

/** Its result goes first, then what it shows, then what it was given. */
function keptTool(item: ToolItem): ToolItem {
  if (charsOf(item) <= HISTORY.outputChars) return item;
  const { rawOutput, ...said } = item;
  const withoutOutput = omitting(said, rawOutput?.length ?? 0);
  if (charsOf(said) <= HISTORY.outputChars) return withoutOutput;
  const content = said.content.map(shortened);
  const left = charsOf(said.content) - charsOf(content);
  const short = omitting({ ...withoutOutput, content }, left);
  if (charsOf(short) <= HISTORY.outputChars) return short;
  const { rawInput, ...rest } = short;
  return omitting({ ...rest, content: [] }, (rawInput?.length ?? 0) + charsOf(content));
}

const omitting = (item: ToolItem, chars: number): ToolItem =>
  chars === 0 ? item : { ...item, omitted: (item.omitted ?? 0) + chars };

/** Characters of one content of a tool call that is too long as a whole. */
const CONTENT_CHARS = 4 * 1024;

function shortened(content: ToolContent): ToolContent {
  switch (content.type) {
    case 'text':
    case 'terminal':
      return cut(content, content.text.length, { text: content.text.slice(0, CONTENT_CHARS) });
    case 'other':
      return cut(content, content.json.length, { json: content.json.slice(0, CONTENT_CHARS) });
    case 'diff': {
      const half = CONTENT_CHARS / 2;
      const { oldText, newText } = content;
      const short = { oldText: oldText?.slice(0, half) ?? null, newText: newText.slice(0, half) };
      const longer = Math.max(0, (oldText?.length ?? 0) - half) + Math.max(0, newText.length - half);
      return longer === 0 ? content : { ...content, ...short, omitted: (content.omitted ?? 0) + longer };
    }
    default:
      return content;
  }
}

const cut = <C extends { readonly omitted?: number | undefined }>(
  content: C,
  chars: number,
  part: Partial<C>,
): C =>
  chars <= CONTENT_CHARS
    ? content
    : { ...content, ...part, omitted: (content.omitted ?? 0) + chars - CONTENT_CHARS };
