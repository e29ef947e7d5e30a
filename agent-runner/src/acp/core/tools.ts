import { LIMITS, type ToolContent, type ToolItem, type ToolStatus } from '@muster/protocol';
import { bounded, contentsOf, locationsOf } from './content.ts';
import { ROW_MS } from './item-book.ts';
import { clip, isRecord, type Json, jsonOf, nonEmpty, recordIn, textIn } from './json.ts';
import { emitRows } from './out.ts';
import { shouldHaveAsked } from './policy.ts';
import { endText, turnNow } from './texts.ts';
import { isOpen, type KnownTool, LONG_TOOL_CHARS, LONG_TOOL_LIVE_MS, TOOL_LIVE_MS } from './tool-book.ts';
import type { Work } from './types.ts';

const STATUSES: Readonly<Record<string, ToolStatus>> = {
  pending: 'pending',
  in_progress: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'stopped',
};
const isFinal = (status: ToolStatus) => status !== 'pending' && status !== 'in_progress';

/** The item of the sub-agent's tool call that an update belongs to. */
export function parentOf({ state }: Work, update: Json): string | undefined {
  const claude = recordIn(recordIn(update['_meta'])['claudeCode']);
  const id = textIn(claude['parentToolUseId']);
  return id === undefined ? undefined : state.tools.get(id)?.item.itemId;
}

/** What only `_meta` has, of a call that is forgotten (a terminal's exit, long after its turn), is no other call. */
export function isAfterthought({ state }: Work, update: Json): boolean {
  const isKnown = state.tools.get(textIn(update['toolCallId']) ?? '') !== undefined;
  const says = (key: string) => !UNSAYING.has(key) && update[key] !== undefined && update[key] !== null;
  return !isKnown && deltaOf(update) === undefined && !Object.keys(update).some(says);
}
const UNSAYING: ReadonlySet<string> = new Set(['sessionUpdate', 'toolCallId', '_meta']);

/** C6: `tool_call` and `tool_call_update`: what is there replaces. `begins`: an id that ended is another call. */
export function updateTool(work: Work, update: Json, begins: boolean): KnownTool | null {
  const { state, context } = work;
  const id = textIn(update['toolCallId']);
  if (id === undefined) return null;
  const known = state.tools.get(id);
  const isNew = known === undefined || (begins && !isOpen(known));
  const tool = isNew ? beginTool(work, id, update) : known;
  const before = tool.item.status;
  tool.item = bounded(withWholeTitle(tool, merged(tool.item, update), update));
  appendTerminal(tool, update, context.now);
  const { status } = tool.item;
  if (isFinal(status) && tool.item.endedAt === undefined) {
    printHeld(tool);
    tool.item = { ...tool.item, endedAt: context.now };
  }
  tool.kinds.add(tool.item.toolKind);
  if (!tool.hasAsked && shouldHaveAsked(tool.item, context, [...tool.kinds]))
    tool.item = { ...tool.item, unasked: true };
  changed(work, tool);
  if (isNew || status !== before) writeTool(work, tool);
  return tool;
}

function beginTool(work: Work, id: string, update: Json): KnownTool {
  const { state, context } = work;
  const parent = parentOf(work, update);
  endText(work, parent ?? '');
  const surplus = state.tools.surplus();
  if (surplus !== null) {
    if (isOpen(surplus)) stopTool(work, surplus);
    state.tools.remove(surplus);
  }
  const item: ToolItem = {
    kind: 'tool',
    itemId: state.items.nextId(state.incarnation),
    ...turnNow(work),
    at: context.now,
    ...(parent === undefined ? {} : { parent }),
    title: '',
    toolKind: 'other',
    status: 'pending',
    content: [],
    locations: [],
  };
  const tool: KnownTool = {
    item,
    mask: context.masker.stream(),
    inputIsTitle: false,
    isDirty: false,
    needsRow: false,
    liveAt: context.now,
    rowAt: context.now,
    kinds: new Set(),
    hasAsked: false,
    chars: 0,
  };
  state.tools.set(id, tool);
  return tool;
}

/** A tool call with the fields that an update carries in the place of its own. */
export function merged(item: ToolItem, update: Json): ToolItem {
  const has = (key: string) => update[key] !== undefined && update[key] !== null;
  const next = { ...item };
  const title = textIn(update['title']);
  if (title !== undefined) next.title = clip(title, LIMITS.titleChars);
  const kind = nonEmpty(update['kind'], 64);
  if (kind !== undefined) next.toolKind = kind;
  const status = STATUSES[textIn(update['status']) ?? ''];
  if (status !== undefined) next.status = status;
  if (has('content')) next.content = contentsOf(update['content'], item.content.find(isTerminal));
  if (has('locations')) next.locations = locationsOf(update['locations']);
  if (has('rawInput') && !isEmpty(update['rawInput'])) next.rawInput = jsonOf(update['rawInput']);
  if (has('rawOutput')) next.rawOutput = jsonOf(update['rawOutput']);
  if (has('content') || has('rawInput')) delete next.omitted;
  if (isBackground(update)) next.background = true;
  return next;
}

/** C8: where an agent tells no more than a title, and that is too long for one, it stands whole in the input's place. */
function withWholeTitle(tool: KnownTool, item: ToolItem, update: Json): ToolItem {
  const title = textIn(update['title']);
  const { rawInput, ...rest } = item;
  if (!isEmpty(update['rawInput'] ?? {})) tool.inputIsTitle = false;
  if (title === undefined || (rawInput !== undefined && !tool.inputIsTitle)) return item;
  tool.inputIsTitle = title.length > LIMITS.titleChars;
  return tool.inputIsTitle ? { ...item, rawInput: jsonOf({ title }) } : rest;
}

const isTerminal = ({ type }: ToolContent) => type === 'terminal';
const isEmpty = (value: unknown) => isRecord(value) && Object.keys(value).length === 0;

/** C16: it goes on when its turn has ended. */
function isBackground(update: Json): boolean {
  const input = recordIn(update['rawInput']);
  const claude = recordIn(recordIn(update['_meta'])['claudeCode']);
  return input['run_in_background'] === true || claude['background'] === true;
}

/** What `_meta.terminal_output_delta` appends, whichever way an adapter writes it. */
function deltaOf(update: Json): string | undefined {
  const delta = recordIn(update['_meta'])['terminal_output_delta'];
  const { data, text, output } = recordIn(delta);
  return textIn(delta) ?? textIn(data) ?? textIn(text) ?? textIn(output);
}

function appendTerminal(tool: KnownTool, update: Json, now: number): void {
  const delta = deltaOf(update);
  if (delta !== undefined) print(tool, tool.mask.push(delta, now));
}

const printHeld = (tool: KnownTool) => print(tool, tool.mask.end());

function print(tool: KnownTool, text: string): void {
  if (text === '') return;
  const { item } = tool;
  const at = item.content.findIndex(isTerminal);
  const known = item.content[at];
  const before = known?.type === 'terminal' ? known.text : '';
  const terminal = { type: 'terminal' as const, text: before + text };
  const content = at < 0 ? [...item.content, terminal] : item.content.with(at, terminal);
  tool.item = bounded({ ...item, content: content.slice(-LIMITS.toolContents) });
}

/** C14: to live readers at once, and again after a moment. */
function changed(work: Work, tool: KnownTool): void {
  tool.isDirty = true;
  if (!tool.needsRow) tool.rowAt = work.context.now + ROW_MS;
  tool.needsRow = true;
  if (work.context.now >= tool.liveAt) sendTool(work, tool);
}

function sendTool({ out, context }: Work, tool: KnownTool): void {
  out.push({ type: 'update', update: { type: 'item', item: tool.item } });
  tool.isDirty = false;
  tool.chars = JSON.stringify(tool.item).length;
  tool.liveAt = context.now + (tool.chars > LONG_TOOL_CHARS ? LONG_TOOL_LIVE_MS : TOOL_LIVE_MS);
}

/** A row of a tool call as it is; live readers have it too by then. */
export function writeTool(work: Work, tool: KnownTool): void {
  if (tool.isDirty) sendTool(work, tool);
  tool.needsRow = false;
  emitRows(work, [{ item: tool.item }]);
}

/** What is due of tool calls. */
export function tickTools(work: Work): void {
  const { now } = work.context;
  for (const tool of work.state.tools.all()) {
    const due = tool.mask.dueAt();
    if (due !== null && now >= due) {
      printHeld(tool);
      changed(work, tool);
    }
    if (tool.isDirty && now >= tool.liveAt) sendTool(work, tool);
    if (tool.needsRow && now >= tool.rowAt) writeTool(work, tool);
  }
}

/** C14: rows of what changed since the last. */
export function flushTools(work: Work): void {
  for (const tool of work.state.tools.all()) if (tool.needsRow || tool.isDirty) writeTool(work, tool);
}

/** C16: those that are open end as `stopped`, `all`: those in the background too; and what changed of others has rows. */
export function stopTools(work: Work, all: boolean): void {
  flushTools(work);
  for (const tool of work.state.tools.all())
    if (isOpen(tool) && (tool.item.background !== true || all)) stopTool(work, tool);
}

function stopTool(work: Work, tool: KnownTool): void {
  printHeld(tool);
  tool.item = { ...tool.item, status: 'stopped', endedAt: work.context.now };
  tool.isDirty = true;
  writeTool(work, tool);
}
