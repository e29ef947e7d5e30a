import type { ToolArgument } from './items.ts';
import { hidesSomething } from './policy.ts';
import { isPlainCommand } from './policy-pattern.ts';

/** Where a path leads: relative to the workspace, symlinks resolved; null: outside of it, or nobody knows. */
export type Resolve = (path: string) => string | null;

/** What a tool call would do, as far as its argument shows. */
export interface PolicyCall {
  readonly toolKind: string;
  /** Every kind that it may be called, by its agent's word or by its argument. */
  readonly kinds: readonly string[];
  /** All of what it does is told, seen, and of the kind that it says. Only then something may allow it. */
  readonly isWhole: boolean;
  /** The command that runs, all of it; null: there is none, or more than that is said of it. */
  readonly command: string | null;
  /** All that may be a command of it. */
  readonly commands: readonly string[];
  /** Where the paths lead that it names. */
  readonly places: readonly (string | null)[];
  /** The same by their names alone. */
  readonly names: readonly string[];
  /** It names paths and texts to write, and nothing else. */
  readonly isOfPaths: boolean;
}

type Json = Readonly<Record<string, unknown>>;
/** Keys under which agents say what to run. */
const COMMAND_KEYS: readonly string[] = ['command', 'cmd', 'script'];
/** Keys beside a command that change nothing about it. */
const BESIDE_COMMAND: Readonly<Record<string, string>> = {
  description: 'string',
  timeout: 'number',
  timeout_ms: 'number',
  run_in_background: 'boolean',
};
const DIRECTORY_KEYS: readonly string[] = ['cwd', 'workdir'];
const PATH_KEYS: readonly string[] = [
  'path',
  'paths',
  'file_path',
  'filepath',
  'filePath',
  'absolute_path',
  'abs_path',
  'notebook_path',
];
/** Texts that are read or written, whatever stands in them. */
const TEXT_KEYS: readonly string[] = [
  'content',
  'description',
  'old_string',
  'new_string',
  'oldString',
  'newString',
  'oldText',
  'newText',
  'new_source',
  'diff',
];
/** Structures of an argument that are followed; deeper ones are not known. */
const DEPTH = 8;
/** X7: what masks a secret. What is behind it is not seen. */
const MASKED = '***';
/** Kinds that work on files: without one it is not known what they do. */
const FILE_KINDS: readonly string[] = ['read', 'edit', 'delete', 'move'];
const DIFF_KINDS: readonly string[] = ['edit', 'delete', 'move'];

interface Found {
  readonly paths: string[];
  readonly commands: string[];
  /** Something that is neither a path nor a text to write. */
  other: boolean;
  hidden: boolean;
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inputOf({ rawInput }: ToolArgument): unknown {
  if (rawInput === undefined) return undefined;
  try {
    return JSON.parse(rawInput);
  } catch {
    return rawInput;
  }
}

const looksLikePath = (text: string) => /^(?:[/~]|file:|\.\.?(?:\/|$))|(?:^|\/)\.\.(?:\/|$)/.test(text);

function look(found: Found, value: unknown, key: string, depth = 0): void {
  if (depth > DEPTH) found.hidden = true;
  else if (Array.isArray(value)) for (const each of value) look(found, each, key, depth + 1);
  else if (isRecord(value))
    for (const [name, each] of Object.entries(value)) look(found, each, name, depth + 1);
  else if (typeof value === 'string') lookAtText(found, value, key);
}

function lookAtText(found: Found, text: string, key: string): void {
  if (TEXT_KEYS.includes(key)) return;
  if (hidesSomething(text) || text.includes(MASKED)) found.hidden = true;
  if (COMMAND_KEYS.includes(key)) found.commands.push(text);
  else if (PATH_KEYS.includes(key) || looksLikePath(text)) found.paths.push(text);
  else found.other = true;
}

/** A command as a shell's words: of a shell that is given one, that; else of words that need no quotes. */
function lineOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((word) => typeof word === 'string')) return null;
  const [shell = '', option = '', line] = value;
  if (value.length === 3 && /^(?:\/usr)?(?:\/bin\/)?(?:ba|da|z)?sh$/.test(shell) && /^-l?c$/.test(option))
    return line ?? null;
  return value.every((word) => /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) ? value.join(' ') : null;
}

/** The command, where nothing else is said that could change it. */
function commandIn(input: unknown, directory: string): string | null {
  if (!isRecord(input)) return null;
  const named = Object.keys(input).filter((key) => COMMAND_KEYS.includes(key));
  const [key] = named;
  if (key === undefined || named.length > 1) return null;
  const isAlone = Object.entries(input).every(
    ([name, value]) =>
      name === key ||
      BESIDE_COMMAND[name] === typeof value ||
      (DIRECTORY_KEYS.includes(name) && value === directory),
  );
  const command = isAlone ? lineOf(input[key]) : null;
  return command !== null && isPlainCommand(command) && !command.includes(MASKED) ? command : null;
}

/** Nothing of it was cut, and none of it is of a sort that nobody reads here. */
const isShown = ({ omitted = 0, content }: ToolArgument): boolean =>
  omitted === 0 &&
  content.every((part) => {
    if (part.type === 'image' || part.type === 'other') return false;
    return part.type === 'link' || (part.omitted ?? 0) === 0;
  });

/** By names alone, as far as they say. */
export function nameIn(directory: string): Resolve {
  const base = directory.replace(/\/+$/, '');
  return (path) => {
    const parts = path.split('/');
    if (path.includes('\0') || parts.includes('..') || path.startsWith('~') || path.startsWith('file:'))
      return null;
    if (path.startsWith('/') && path !== base && !path.startsWith(`${base}/`)) return null;
    const inside = path.startsWith('/') ? path.slice(base.length) : path;
    return inside
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/');
  };
}

/** `seen`: the kinds that the agent has called it before. `resolve` absent: by names alone. */
export function policyCallOf(
  tool: ToolArgument,
  directory: string,
  { seen = [], resolve = nameIn(directory) }: { seen?: readonly string[]; resolve?: Resolve } = {},
): PolicyCall {
  const { toolKind, content, locations } = tool;
  const input = inputOf(tool);
  const found: Found = { paths: [], commands: [], other: false, hidden: false };
  const isText = typeof input === 'string';
  look(found, input, '');
  const diffs = content.flatMap((part) => (part.type === 'diff' ? [part.path] : []));
  const paths = [...new Set([...locations.map(({ path }) => path), ...diffs, ...found.paths])];
  const command = commandIn(input, directory);
  const told = isRecord(input) ? Object.keys(input).length > 0 : input !== undefined && input !== '';
  const hidden = found.hidden || paths.some((path) => hidesSomething(path) || path.includes(MASKED));
  const runs = found.commands.length > 0 || toolKind === 'execute';
  const named = new Set([toolKind, ...seen].filter((kind) => kind !== 'other' && kind !== ''));
  const agrees =
    (named.size === 0 || (named.size === 1 && named.has(toolKind))) &&
    (!runs || (toolKind === 'execute' && command !== null)) &&
    (diffs.length === 0 || DIFF_KINDS.includes(toolKind)) &&
    (!FILE_KINDS.includes(toolKind) || paths.length > 0);
  const isKnown = told || diffs.length + locations.length > 0;
  return {
    toolKind,
    kinds: [
      ...new Set([toolKind, ...seen, ...(runs ? ['execute'] : []), ...(diffs.length > 0 ? ['edit'] : [])]),
    ],
    isWhole: isKnown && !isText && !hidden && agrees && isShown(tool),
    command,
    commands: command === null ? found.commands : [...new Set([command, ...found.commands])],
    // A command says what it works on by itself; its directory is checked with it.
    places: (command === null ? paths : [...locations.map(({ path }) => path), ...diffs]).map(resolve),
    names: paths.flatMap((path) => nameIn(directory)(path) ?? []),
    isOfPaths: command === null && !found.other && !isText,
  };
}
