import type { ToolArgument, ToolContent } from '@muster/protocol';
import { countMarks, splitVisible } from '../visible-text/split.ts';

/** A field of what a tool was given. `name` null: the whole of it, as it is. */
export interface ArgumentField {
  readonly name: string | null;
  readonly text: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * C8: the input field by field, texts as they are and the rest as JSON. An input that does not read back as it was
 * written (names that come twice, numbers that lose digits) is shown as it was written.
 */
export function argumentFields(rawInput: string | undefined): readonly ArgumentField[] {
  if (rawInput === undefined || rawInput === '') return [];
  const value = parse(rawInput);
  const faithful = value !== undefined && JSON.stringify(value) === rawInput;
  if (!faithful || !isObject(value)) return [{ name: null, text: rawInput }];
  return Object.entries(value).map(([name, field]) => ({
    name,
    text: typeof field === 'string' ? field : JSON.stringify(field, null, 2),
  }));
}

/** The texts of a part of a tool's content. */
function textsOf(content: ToolContent): readonly string[] {
  switch (content.type) {
    case 'text':
    case 'terminal':
      return [content.text];
    case 'diff':
      return [content.path, content.oldText ?? '', content.newText];
    case 'link':
      return [content.uri, content.name ?? ''];
    case 'other':
      return [content.json];
    case 'image':
      return [];
  }
}

export interface ArgumentSize {
  /** All characters that are decided on. */
  readonly characters: number;
  /** Those of them that draw nothing, or change the order of what stands beside them. */
  readonly hidden: number;
  /** Those that were left out. */
  readonly omitted: number;
  /** The agent has told nothing but the title. */
  readonly unknown: boolean;
}

/** C8: how much is decided on. An image is bytes that nobody sees here, so it counts as left out. */
export function sizeOf(tool: ToolArgument): ArgumentSize {
  const fields = argumentFields(tool.rawInput).map(({ text }) => text);
  const locations = tool.locations.map(({ path }) => path);
  const texts = [...fields, ...tool.content.flatMap(textsOf), ...locations];
  const omitted = tool.content.reduce((sum, part) => sum + omittedOf(part), tool.omitted ?? 0);
  return {
    characters: texts.reduce((sum, text) => sum + text.length, 0),
    hidden: [tool.title, ...texts].reduce((sum, text) => sum + countMarks(splitVisible(text)), 0),
    omitted,
    unknown: texts.every((text) => text === ''),
  };
}

function omittedOf(content: ToolContent): number {
  if (content.type === 'image') return content.bytes;
  return 'omitted' in content ? (content.omitted ?? 0) : 0;
}
