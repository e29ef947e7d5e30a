import { type Adapter, type ConversationId, wireError } from '@muster/protocol';
import { type Answer, Calls } from './calls.ts';
import { detach, end } from './detach.ts';
import { ItemBook } from './item-book.ts';
import { clip, isRecord, type Json, recordIn, textIn } from './json.ts';
import { finishRequest, respondError, sendFacts, sendRows } from './out.ts';
import { askElicitation, askPermission, decide, elicitationCompleted, requestCancelled } from './requests.ts';
import {
  adapterFailed,
  adapterStarted,
  advance,
  configure,
  configureAnswered,
  sessionAnswered,
  sessionsFound,
  tickPhase,
} from './session.ts';
import { enqueueListing, sessionsAnswered } from './sessions.ts';
import { addWhole, releaseMasked } from './texts.ts';
import { ToolBook } from './tool-book.ts';
import { tickTools } from './tools.ts';
import {
  beginTurn,
  cancelTurn,
  endTurn,
  filesFetched,
  promptAnswered,
  steer,
  steerAnswered,
} from './turns.ts';
import type {
  Context,
  Conversation,
  ConversationOrder,
  CoreEffect,
  CoreEvent,
  OrderPayload,
  Work,
} from './types.ts';
import { endItems, handleUpdate, writeRows } from './updates.ts';

/** C4a: from the last thing that happened to the adapter's end, ms. */
export const IDLE_MS = 600_000;
/** Lines of one adapter that are no messages and are told of. */
const GARBAGE_LINES = 20;
const METHOD_NOT_FOUND = -32601;

/** What a conversation is made of. `now`: ms since 1970. */
export interface ConversationSetup {
  readonly conversationId: ConversationId;
  readonly command: readonly string[];
  readonly adapter: Adapter | null;
  readonly version: string;
}

export function newConversation(setup: ConversationSetup, now: number): Conversation {
  return {
    ...setup,
    phase: 'none',
    phaseBy: null,
    incarnation: '',
    sessionId: null,
    loading: false,
    capabilities: { images: false, embeds: false, steering: false, lists: false, resume: false, load: false },
    calls: new Calls(),
    turn: null,
    lately: null,
    background: false,
    backgroundAt: now,
    items: new ItemBook(),
    tools: new ToolBook(),
    requests: new Map(),
    steered: new Map(),
    steering: new Map(),
    listing: [],
    signIn: null,
    configured: new Map(),
    modes: [],
    mode: null,
    options: new Map(),
    spent: undefined,
    toldCost: null,
    facts: {},
    factsAt: null,
    rows: { writes: [], chars: 0, at: null },
    garbage: 0,
    idleSince: now,
    idleTold: null,
    timer: null,
  };
}

/** One thing that happened to a conversation, and what is to be done for it, in order. */
export function handle(state: Conversation, event: CoreEvent, context: Context): readonly CoreEffect[] {
  const work: Work = { state, context, out: [] };
  apply(work, event);
  const at = dueAt(state);
  if (at !== state.timer) work.out.push({ type: 'timer', at });
  state.timer = at;
  return work.out;
}

function apply(work: Work, event: CoreEvent): void {
  switch (event.type) {
    case 'order':
      return handleOrder(work, event.order);
    case 'line':
      return handleLine(work, recordIn(event.json));
    case 'garbage':
      return handleGarbage(work, event.text, event.bytes);
    case 'adapter-started':
      return adapterStarted(work, event.incarnation);
    case 'adapter-refused':
      if (work.state.phase === 'starting') adapterFailed(work, event.error);
      return;
    case 'adapter-exited':
      return adapterExited(work, event);
    case 'files-fetched':
      return filesFetched(work, event);
    case 'list-sessions':
      enqueueListing(work, event);
      return advance(work);
    case 'rest':
      return rest(work);
    case 'tick':
      work.state.timer = null;
      return tick(work);
  }
}

function handleOrder(work: Work, { type, payload }: ConversationOrder): void {
  switch (type) {
    case 'conversation:open':
      return reopen(work, payload);
    case 'conversation:prompt':
      beginTurn(work, payload);
      return advance(work);
    case 'conversation:steer':
      return steer(work, payload);
    case 'conversation:cancel':
      cancelTurn(work, payload.turnId);
      return;
    case 'conversation:configure':
      return configureOrdered(work, payload);
    case 'conversation:sign-in':
      return signInOrdered(work, payload);
    case 'conversation:close':
      return end(work, 'The conversation was closed.');
    case 'conversation:flush':
      return writeRows(work, false);
    case 'request:decide':
      decide(work, payload.permissionId, payload.decision);
  }
}

/** What the room has kept counts until the adapter has told better. */
function reopen({ state }: Work, open: OrderPayload<'conversation:open'>): void {
  for (const [configId, value] of Object.entries(open.configured ?? {}))
    state.configured.set(configId, value);
  if (state.phase !== 'none') return;
  state.sessionId ??= open.sessionId ?? null;
  state.spent ??= open.spent;
}

function configureOrdered(work: Work, order: OrderPayload<'conversation:configure'>): void {
  const { requestId, configId, value } = order;
  work.state.configured.set(configId, value);
  if (work.state.phase === 'ready') return configure(work, configId, value, requestId);
  // It is set before the next prompt (C17).
  finishRequest(work, requestId);
}

function signInOrdered(work: Work, order: OrderPayload<'conversation:sign-in'>): void {
  const { requestId, methodId } = order;
  const { state } = work;
  if (state.signIn !== null) {
    const error = wireError('INVALID_STATE', 'Somebody signs in already. Wait for the end of that.');
    return finishRequest(work, requestId, error);
  }
  state.signIn = { requestId, methodId };
  advance(work);
}

function handleLine(work: Work, message: Json): void {
  const method = textIn(message['method']);
  const { id } = message;
  const params = recordIn(message['params']);
  if (method === undefined) return handleAnswer(work, id, message);
  if (id === undefined || id === null) return handleNotification(work, method, params);
  if (method === 'session/request_permission') return askPermission(work, id, params);
  if (method === 'elicitation/create') return askElicitation(work, id, params);
  respondError(work, id, METHOD_NOT_FOUND, `Muster has no ${clip(method, 100)}`);
}

function handleNotification(work: Work, method: string, params: Json): void {
  if (method === 'session/update') return handleUpdate(work, params);
  if (method === '$/cancel_request') return requestCancelled(work, params['requestId']);
  if (method === 'elicitation/complete') return elicitationCompleted(work, textIn(params['elicitationId']));
  // Extensions of one agent's own, such as what it knows of its sign-in, are nothing that was said or done.
}

function handleAnswer(work: Work, id: unknown, message: Json): void {
  const purpose = work.state.calls.take(id);
  if (purpose === null) return;
  const answer = answerIn(message);
  switch (purpose.type) {
    case 'prompt':
      promptAnswered(work, purpose, answer);
      return advance(work);
    case 'steer':
      return steerAnswered(work, purpose, answer);
    case 'configure':
      return configureAnswered(work, purpose, answer);
    case 'list':
      return sessionsAnswered(work, purpose, answer);
    case 'find':
      return sessionsFound(work, purpose, answer);
    default:
      return sessionAnswered(work, purpose, answer);
  }
}

function answerIn(message: Json): Answer {
  const { error } = message;
  if (!isRecord(error)) return { ok: true, result: recordIn(message['result']) };
  const code = typeof error['code'] === 'number' ? error['code'] : 0;
  const text = textIn(error['message']) ?? '';
  return { ok: false, error: { code, message: text, data: error['data'] } };
}

/** C4: an error of the conversation, nothing more. */
function handleGarbage(work: Work, text: string, bytes: number): void {
  const { state } = work;
  state.garbage += 1;
  if (state.garbage > GARBAGE_LINES) return;
  const begins = work.context.masker.whole(clip(text, 200));
  const what = `The adapter printed a line of ${bytes} bytes that is no message: ${begins}`;
  const last = state.garbage === GARBAGE_LINES ? ' More of them are not shown.' : '';
  addWhole(work, { kind: 'notice', level: 'warning', text: `${what}${last}` });
}

function adapterExited(
  work: Work,
  { how, said, asked }: Extract<CoreEvent, { type: 'adapter-exited' }>,
): void {
  const { state } = work;
  if (state.phase === 'none') return;
  const words = work.context.masker.whole(said).trim();
  const last = words === '' ? '' : ` It said: ${words.slice(-1_000)}`;
  const wasWorking = state.turn !== null || state.phase !== 'ready';
  const reason = asked ?? `The adapter ended ${how}.${last} The next message starts it again.`;
  detach(work, reason);
  const error = wireError(asked === null ? 'AGENT_SPAWN_FAILED' : 'INVALID_STATE', reason);
  const isFailure = asked === null && wasWorking;
  sendFacts(work, isFailure ? { adapter: 'failed', error } : { adapter: 'none', error: null });
  if (state.signIn !== null) finishRequest(work, state.signIn.requestId, error);
  state.signIn = null;
  if (state.turn === null) return;
  const outcome = asked === null ? 'failed' : 'interrupted';
  endTurn(work, state.turn, { outcome: state.turn.cancelBy === null ? outcome : 'cancelled', error });
}

/** C4a. */
export const isIdle = (state: Conversation): boolean =>
  state.phase !== 'none' &&
  state.turn === null &&
  state.requests.size === 0 &&
  state.signIn === null &&
  state.listing.length === 0 &&
  !state.calls.has('list') &&
  !state.background;

function rest(work: Work): void {
  if (isIdle(work.state)) end(work, 'The adapter rested.');
}

function tick(work: Work): void {
  const { state, context } = work;
  const { now } = context;
  tickPhase(work);
  tickCancel(work);
  releaseMasked(work);
  tickTools(work);
  writeRows(work, true);
  if (state.rows.at !== null && now >= state.rows.at) sendRows(work);
  if (state.factsAt !== null && now >= state.factsAt) sendFacts(work);
  if (state.background && now >= state.backgroundAt) {
    endItems(work);
    state.background = false;
    sendFacts(work, { background: false });
  }
  const idleAt = idleDueAt(state);
  if (idleAt === null || now < idleAt) return;
  state.idleTold = now;
  work.out.push({ type: 'idle' });
}

/** C16: the agent is not stopped by a word, so its adapter ends; the session goes on with the next message. */
function tickCancel(work: Work): void {
  const { turn } = work.state;
  if (turn?.cancelBy == null || work.context.now < turn.cancelBy) return;
  const text = 'The agent did not stop in 35 s, so its adapter was ended. The next message starts it again.';
  addWhole(work, { kind: 'notice', level: 'warning', text });
  end(work, text);
}

const idleDueAt = (state: Conversation): number | null =>
  isIdle(state) ? Math.max(state.idleSince, state.idleTold ?? 0) + IDLE_MS : null;

/** When there is something to do, ms since 1970. */
function dueAt(state: Conversation): number | null {
  const due = [
    state.phaseBy,
    state.turn?.cancelBy ?? null,
    state.items.dueAt(),
    state.tools.dueAt(),
    state.factsAt,
    state.rows.at,
    state.background ? state.backgroundAt : null,
    idleDueAt(state),
  ].filter((at) => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}
