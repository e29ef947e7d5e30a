import { LIMITS, type ToolArgument, type ToolContent, type ToolItem } from '@muster/protocol';
import { clip, isRecord, jsonOf, listIn, recordIn, textIn } from './json.ts';

type Location = ToolArgument['locations'][number];

/**
 * An ACP tool's content as Muster keeps it. Unknown kinds are kept as JSON (C4). A terminal is a place for what was
 * printed by then, `printed`, and nothing where nothing was.
 */
export function contentsOf(value: unknown, printed?: ToolContent): ToolContent[] {
  return listIn(value)
    .slice(0, LIMITS.toolContents)
    .flatMap((each) => (recordIn(each)['type'] === 'terminal' ? (printed ?? []) : contentOf(each)));
}

function contentOf(value: unknown): ToolContent {
  const entry = recordIn(value);
  if (entry['type'] === 'content') return blockOf(entry['content']);
  const path = textIn(entry['path']);
  const newText = textIn(entry['newText']);
  if (entry['type'] === 'diff' && path !== undefined && path !== '' && newText !== undefined)
    return {
      type: 'diff',
      path: clip(path, LIMITS.pathChars),
      oldText: textIn(entry['oldText']) ?? null,
      newText,
    };
  return { type: 'other', json: jsonOf(value) };
}

/** A content block (text, image, link …). */
function blockOf(value: unknown): ToolContent {
  const block = recordIn(value);
  const text = textIn(block['text']);
  if (block['type'] === 'text' && text !== undefined) return { type: 'text', text };
  const uri = textIn(block['uri']);
  if (block['type'] === 'resource_link' && uri !== undefined) {
    const name = textIn(block['name']);
    return {
      type: 'link',
      uri: clip(uri, LIMITS.pathChars),
      ...(name === undefined ? {} : { name: clip(name, LIMITS.titleChars) }),
    };
  }
  const data = textIn(block['data']);
  if (block['type'] === 'image' && data !== undefined)
    return { type: 'image', mimeType: clip(textIn(block['mimeType']) ?? '', 256), bytes: bytesOf(data) };
  const resource = recordIn(block['resource']);
  if (block['type'] === 'resource' && typeof resource['text'] === 'string')
    return { type: 'text', text: resource['text'] };
  return { type: 'other', json: jsonOf(value) };
}

/** Of base64. */
const bytesOf = (data: string) => Math.floor((data.length * 3) / 4);

/** The text that a chunk of a message says; null: it is no text. */
export function chunkText(value: unknown): string | null {
  const content = blockOf(value);
  if (content.type === 'text') return content.text;
  if (content.type === 'link') return `[${content.name ?? content.uri}](${content.uri})`;
  return null;
}

export function locationsOf(value: unknown): Location[] {
  return listIn(value)
    .slice(0, LIMITS.toolContents)
    .flatMap((each) => {
      if (!isRecord(each)) return [];
      const path = textIn(each['path']);
      const line = each['line'];
      if (path === undefined) return [];
      const isLine = typeof line === 'number' && Number.isSafeInteger(line) && line >= 0;
      return [{ path: clip(path, LIMITS.pathChars), ...(isLine ? { line } : {}) }];
    });
}

/** Characters of each text of a tool call, tried in turn until the whole fits (C15). */
const BUDGETS = [LIMITS.toolTextChars, 96 * 1024, 40 * 1024, 16 * 1024, 4 * 1024, 1024, 256, 64];

/** What was cut out of a text, and what is left of it. */
interface Cut {
  readonly text: string;
  readonly omitted: number;
}

/** C15: the beginning and the end, with a line in between that says how much is missing. */
export function cutMiddle(text: string, max: number): Cut {
  if (text.length <= max) return { text, omitted: 0 };
  const keep = Math.max(0, max - 64);
  const head = clip(text, Math.ceil(keep / 2));
  const rest = text.slice(text.length - Math.floor(keep / 2));
  const tail = /^[\udc00-\udfff]/.test(rest) ? rest.slice(1) : rest;
  const omitted = text.length - head.length - tail.length;
  return { text: `${head}\n… ${omitted} characters left out …\n${tail}`, omitted };
}

type Bounded = Pick<ToolItem, 'content' | 'locations' | 'rawInput' | 'rawOutput' | 'omitted'>;

/** C15: the same tool call within its bounds; `omitted` counts what is missing of the part that people decide on. */
export function bounded<T extends Bounded>(tool: T, maxJsonChars: number = LIMITS.itemChars): T {
  let cut = tool;
  for (const budget of BUDGETS) {
    cut = cutTo(tool, budget);
    if (JSON.stringify(cut).length <= maxJsonChars) break;
  }
  return cut;
}

/** Entries that are left where even short texts are too many. */
const FEW = 4;
const SHORT = 1024;

function cutTo<T extends Bounded>(tool: T, budget: number): T {
  const few = budget < SHORT ? FEW : LIMITS.toolContents;
  let omitted = [...tool.content.slice(few), ...tool.locations.slice(few)].reduce(
    (sum, left) => sum + JSON.stringify(left).length,
    0,
  );
  const count = (cut: Cut) => {
    omitted += cut.omitted;
    return cut;
  };
  const content = tool.content.slice(0, few).map((each) => cutContent(each, budget, count));
  const rawInput =
    tool.rawInput === undefined ? {} : { rawInput: count(cutMiddle(tool.rawInput, budget)).text };
  const rawOutput = tool.rawOutput === undefined ? {} : { rawOutput: cutMiddle(tool.rawOutput, budget).text };
  const missing = omitted === 0 ? {} : { omitted: omitted + (tool.omitted ?? 0) };
  return { ...tool, content, locations: tool.locations.slice(0, few), ...rawInput, ...rawOutput, ...missing };
}

function cutContent(content: ToolContent, budget: number, count: (cut: Cut) => Cut): ToolContent {
  const missing = (omitted: number) => (omitted === 0 ? {} : { omitted });
  switch (content.type) {
    case 'text':
    case 'terminal': {
      const { text, omitted } = count(cutMiddle(content.text, budget));
      return { ...content, text, ...missing(omitted) };
    }
    case 'diff': {
      const old = content.oldText === null ? null : count(cutMiddle(content.oldText, budget));
      const { text: newText, omitted } = count(cutMiddle(content.newText, budget));
      return { ...content, oldText: old?.text ?? null, newText, ...missing(omitted + (old?.omitted ?? 0)) };
    }
    case 'other': {
      const { text: json, omitted } = count(cutMiddle(content.json, budget));
      return { ...content, json, ...missing(omitted) };
    }
    default:
      return content;
  }
}
