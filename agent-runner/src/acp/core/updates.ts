import { LIMITS } from '@muster/protocol';
import { chunkText, cutMiddle } from './content.ts';
import { ROW_MS, takeRow } from './item-book.ts';
import { clip, type Json, jsonOf, listIn, mapTexts, nonEmpty, recordIn, textIn } from './json.ts';
import { commandsOf, optionsOf, sendModes, sendOptions, sendUsage } from './offers.ts';
import { emitRows, queueFacts, sendFacts, sendRows } from './out.ts';
import { acknowledge } from './requests.ts';
import { addWhole, appendText, endText, endTexts, turnNow } from './texts.ts';
import { flushTools, isAfterthought, parentOf, updateTool } from './tools.ts';
import type { Work } from './types.ts';

/** After the last update outside any turn the agent is taken to be at rest, ms (C16). */
export const BACKGROUND_MS = 10_000;
/** C11: some agents repeat a loaded session behind their answer; so long without a word it is over, ms. */
export const SETTLE_MS = 500;

const CHUNKS: Readonly<Record<string, 'user' | 'agent' | 'thought'>> = {
  user_message_chunk: 'user',
  agent_message_chunk: 'agent',
  agent_thought_chunk: 'thought',
};

/** C6: one `session/update`. */
export function handleUpdate(work: Work, params: Json): void {
  const { state, context } = work;
  const update = recordIn(params['update']);
  const name = textIn(update['sessionUpdate']) ?? '';
  const kind = CHUNKS[name];
  if (state.settleAt !== null) state.settleAt = context.now + SETTLE_MS;
  if (kind === undefined && handleState(work, name, masked(work, update))) return;
  // C11: what is repeated while a session loads is transcript.
  if (state.loading) return;
  working(work);
  if (kind === undefined) handleWork(work, name, masked(work, update));
  else handleChunk(work, kind, update);
}

/** X7. Text in pieces is masked where it is put together. */
function masked({ context }: Work, update: Json): Json {
  const delta = recordIn(update['_meta'])['terminal_output_delta'];
  const all = recordIn(mapTexts(update, (text) => context.masker.whole(text)));
  return delta === undefined
    ? all
    : { ...all, _meta: { ...recordIn(all['_meta']), terminal_output_delta: delta } };
}

/** Whatever is state of the conversation rather than an item. False: it is none. */
function handleState(work: Work, name: string, update: Json): boolean {
  switch (name) {
    case 'available_commands_update':
      sendFacts(work, { commands: commandsOf(update['availableCommands']) });
      return true;
    case 'current_mode_update':
      sendModes(work, { currentModeId: update['currentModeId'] });
      return true;
    case 'config_option_update':
      sendOptions(work, optionsOf(update['configOptions']));
      return true;
    case 'session_info_update':
      queueInfo(work, update);
      return true;
    case 'usage_update':
      sendUsage(work, update);
      return true;
    default:
      return false;
  }
}

function queueInfo(work: Work, update: Json): void {
  const title = update['title'];
  if (title === null) queueFacts(work, { title: null });
  if (typeof title === 'string') queueFacts(work, { title: clip(title, LIMITS.titleChars) });
  const meta = recordIn(update['_meta']);
  const given = meta['promptSuggestions'] ?? recordIn(meta['claudeCode'])['promptSuggestions'];
  if (!Array.isArray(given)) return;
  const suggestions = given.slice(0, 16).flatMap((each) => nonEmpty(each, LIMITS.textChars) ?? []);
  queueFacts(work, { suggestions });
}

/** C16: outside any turn it works in the background. */
function working(work: Work): void {
  const { state, context } = work;
  state.idleSince = context.now;
  state.idleTold = null;
  if (state.turn?.sent === true || turnNow(work).turnId !== undefined) return;
  state.backgroundAt = context.now + BACKGROUND_MS;
  if (state.background) return;
  state.background = true;
  sendFacts(work, { background: true });
}

function handleChunk(work: Work, kind: 'user' | 'agent' | 'thought', update: Json): void {
  acknowledge(work, null);
  const messageId = textIn(update['messageId']);
  const parent = parentOf(work, update);
  const text = chunkText(update['content']);
  if (text === null) addOther(work, kind, update['content'], parent);
  else if (text !== '') appendText(work, { kind, text, messageId, parent });
}

function handleWork(work: Work, name: string, update: Json): void {
  switch (name) {
    case 'tool_call':
    case 'tool_call_update': {
      acknowledge(work, textIn(update['toolCallId']) ?? null);
      if (isAfterthought(work, update)) return;
      if (updateTool(work, update, name === 'tool_call') === null) addOther(work, name, update);
      return;
    }
    case 'plan':
      return updatePlan(work, update);
    case 'notice':
      return addNotice(work, update);
    case 'compaction_update':
      return updateCompaction(work, update);
    case 'compaction_summary_chunk':
      return appendText(work, {
        kind: 'notice',
        text: chunkText(update['content']) ?? '',
        messageId: textIn(update['compactionId']),
      });
    default:
      return addOther(work, name, update);
  }
}

function addNotice(work: Work, update: Json): void {
  const text = [textIn(update['title']), textIn(update['description'])].filter(Boolean).join('\n\n');
  endText(work, '');
  addWhole(work, { kind: 'notice', level: nonEmpty(update['severity'], 32) ?? 'info', text });
}

/** The context is compacted: a notice that its summary is added to. */
function updateCompaction(work: Work, update: Json): void {
  const status = textIn(update['status']) ?? '';
  const messageId = textIn(update['compactionId']);
  const { items } = work.state;
  const isKnown = messageId !== undefined && items.texts.get('')?.messageId === messageId;
  if (!isKnown) {
    const text = 'The agent shortens what it remembers of this conversation.';
    appendText(work, { kind: 'notice', text, messageId });
  }
  const error = textIn(update['error']);
  if (error !== undefined) appendText(work, { kind: 'notice', text: `\n\n${error}`, messageId });
  const summary = listIn(update['summary']).map((block) => chunkText(block) ?? '');
  if (summary.length > 0) appendText(work, { kind: 'notice', text: `\n\n${summary.join('')}`, messageId });
  if (status === 'completed' || status === 'failed' || status === 'cancelled') endText(work, '');
}

/** C6: one plan a turn, replaced as a whole. */
function updatePlan(work: Work, update: Json): void {
  const { state, context } = work;
  const { turnId } = turnNow(work);
  if (state.items.plan !== null && state.items.plan.turnId !== turnId) endPlan(work);
  if (state.items.plan === null) endText(work, '');
  const entries = listIn(update['entries'])
    .slice(0, LIMITS.planEntries)
    .map((each) => {
      const entry = recordIn(each);
      return {
        content: clip(textIn(entry['content']) ?? jsonOf(each), 512),
        priority: clip(textIn(entry['priority']) ?? 'medium', 32),
        status: clip(textIn(entry['status']) ?? 'pending', 32),
      };
    });
  const known = state.items.plan;
  const plan = { ...(known ?? beginPlan(work)), entries };
  state.items.plan = plan;
  work.out.push({ type: 'update', update: { type: 'item', item: plan } });
  state.items.planRowAt ??= context.now + ROW_MS;
  if (known !== null) return;
  // Its place among the items is where it began.
  writePlan(work);
  sendRows(work);
}

const beginPlan = (work: Work) => ({
  kind: 'plan' as const,
  itemId: work.state.items.nextId(work.state.incarnation),
  ...turnNow(work),
  at: work.context.now,
});

function writePlan(work: Work): void {
  const { items } = work.state;
  if (items.plan === null || items.planRowAt === null) return;
  items.planRowAt = null;
  emitRows(work, [{ item: items.plan }]);
}

export function endPlan(work: Work): void {
  const { items } = work.state;
  if (items.plan === null) return;
  emitRows(work, [{ item: { ...items.plan, endedAt: work.context.now } }]);
  items.plan = null;
  items.planRowAt = null;
}

/** C4: what this version does not know, as it is. */
export function addOther(work: Work, name: string, value: unknown, parent?: string): void {
  const { state, context } = work;
  endText(work, parent ?? '');
  const json = context.masker.whole(JSON.stringify(value) ?? 'null');
  const item = {
    kind: 'other' as const,
    itemId: state.items.nextId(state.incarnation),
    ...turnNow(work),
    at: context.now,
    endedAt: context.now,
    ...(parent === undefined ? {} : { parent }),
    name: clip(name, 64),
    json: cutMiddle(json, OTHER_CHARS).text,
  };
  work.out.push({ type: 'update', update: { type: 'item', item } });
  emitRows(work, [{ item }]);
}
/** Of an unknown update, characters: as JSON within JSON less than an item (C15). */
const OTHER_CHARS = 40 * 1024;

/** C14: rows of all that grew since the last ones. `due`: only where their time has come. */
export function writeRows(work: Work, due: boolean): void {
  const { items } = work.state;
  const { now } = work.context;
  const rows = [...items.texts.values()]
    .filter((text) => text.unwritten !== '' && (!due || now >= text.rowAt))
    .map((text) => takeRow(text, now));
  emitRows(work, rows);
  const writesPlan = items.planRowAt !== null && (!due || now >= items.planRowAt);
  if (writesPlan) writePlan(work);
  if (!due) flushTools(work);
  // What grows on must not wait: the row would lack what is said meanwhile.
  if (rows.length > 0 || writesPlan || !due) sendRows(work);
}

/** Nothing of it goes on: its texts and its plan are complete. */
export function endItems(work: Work): void {
  endTexts(work);
  endPlan(work);
}
