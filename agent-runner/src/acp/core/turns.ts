import { type Prompt, promptText, type Turn, type WireError, wireError } from '@muster/protocol';
import type { Answer, CallPurpose } from './calls.ts';
import { errorText, isSignIn, signInError, signInNeeded } from './errors.ts';
import { clip, type Json, textIn } from './json.ts';
import { call, emit, notify, sendFacts } from './out.ts';
import { cancelRequests, endRequests } from './requests.ts';
import { addWhole, endTexts } from './texts.ts';
import { flushTools, stopTools } from './tools.ts';
import type { OrderPayload, PromptOrder, RunningTurn, Work } from './types.ts';
import { endItems } from './updates.ts';

/** C16: a cancel that is not answered in this time ends the adapter, ms. */
export const CANCEL_MS = 35_000;
/** What comes so soon after a turn's result still belongs to it, ms. */
const LATELY_MS = 2_000;
/** Steered messages that are remembered, so that a repeat is not steered again. */
const STEERED = 200;

/** C16: handed over by the shell once, when it is written down. */
export function beginTurn(work: Work, prompt: PromptOrder): void {
  work.state.turn = { turnId: prompt.turnId, prompt, sent: false, cancelBy: null, cut: false };
  work.state.idleTold = null;
}

/** The agent gets what it was told, when its session is ready. */
export function sendPrompt(work: Work): void {
  const { state, context } = work;
  const { turn } = state;
  if (turn === null || turn.sent) return;
  endItems(work);
  flushTools(work);
  state.tools.forgetEnded();
  state.lately = null;
  turn.sent = true;
  const { turnId, prompt } = turn;
  const { conversationId, messageId } = prompt;
  emit(work, { type: 'turn:started', conversationId, turnId, messageId, at: context.now });
  if (state.background) sendFacts(work, { background: false });
  state.background = false;
  addUser(work, prompt, false);
  const params = { sessionId: state.sessionId, prompt: blocksOf(prompt.content, context.directory) };
  call(work, 'session/prompt', params, { type: 'prompt', turnId });
}

function addUser(work: Work, order: Omit<PromptOrder, 'turnId'>, steered: boolean): void {
  const { messageId, memberId, name, content } = order;
  const attachments = content.filter(({ type }) => type !== 'text');
  const item = {
    messageId,
    memberId,
    name,
    ...(steered ? { steered } : {}),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
  addWhole(work, { kind: 'user', text: work.context.masker.whole(promptText(content)), item });
}

/** As ACP has it: a file of the workspace is a link that the agent reads by itself. */
export function blocksOf(prompt: Prompt, directory: string): Json[] {
  return prompt.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (part.type === 'file') return { type: 'text', text: `[${part.name ?? part.fileId}]` };
    const uri = fileUri(directory, part.path);
    return uri === null
      ? { type: 'text', text: `@${part.path}` }
      : { type: 'resource_link', uri, name: part.path };
  });
}

/** Null: the path leads out of the directory. */
function fileUri(directory: string, path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..')) return null;
  return `file://${[...directory.split('/').filter(Boolean), ...parts].map((part) => `/${encodeURIComponent(part)}`).join('')}`;
}

export function promptAnswered(
  work: Work,
  { turnId }: Extract<CallPurpose, { type: 'prompt' }>,
  answer: Answer,
): void {
  const { turn } = work.state;
  if (turn?.turnId !== turnId) return;
  if (!answer.ok) {
    if (turn.cancelBy !== null) return endTurn(work, turn, { outcome: 'cancelled' });
    if (!isSignIn(answer.error))
      return failTurn(work, wireError('INTERNAL_ERROR', errorText(work, answer.error)));
    failTurn(work, signInError(work, answer.error));
    return signInNeeded(work, answer.error);
  }
  const stopReason = clip(textIn(answer.result['stopReason']) ?? 'end_turn', 64);
  // Some agents take the cancelled request for a rejection, and end as if they had come to their end.
  const outcome = stopReason === 'cancelled' || turn.cut ? 'cancelled' : 'done';
  endTurn(work, turn, { outcome, stopReason });
}

export function failTurn(work: Work, error: WireError): void {
  const { turn } = work.state;
  if (turn !== null) endTurn(work, turn, { outcome: turn.cancelBy === null ? 'failed' : 'cancelled', error });
}

type Outcome = Pick<Turn, 'stopReason' | 'error'> & { readonly outcome: NonNullable<Turn['outcome']> };

/** C16: everything of it is closed before its end is told. */
export function endTurn(work: Work, turn: RunningTurn, outcome: Outcome): void {
  const { state, context } = work;
  const { turnId } = turn;
  if (turn.sent) {
    endItems(work);
    stopTools(work, false);
    endRequests(work, turnId);
    state.lately = { turnId, until: context.now + LATELY_MS };
  }
  state.turn = null;
  state.idleSince = context.now;
  sendFacts(work);
  const { conversationId } = state;
  emit(work, { type: 'turn:ended', conversationId, turnId, ...outcome, at: context.now });
  work.out.push({ type: 'turn-over', turnId });
}

/** By its id: a cancel that comes late stops no successor. False: that turn does not run. */
export function cancelTurn(work: Work, turnId: string): boolean {
  const { state, context } = work;
  const { turn } = state;
  if (turn?.turnId !== turnId) return false;
  if (!turn.sent) {
    endTurn(work, turn, { outcome: 'cancelled' });
    return true;
  }
  if (turn.cancelBy !== null) return true;
  turn.cut = cancelRequests(work, turnId);
  turn.cancelBy = context.now + CANCEL_MS;
  notify(work, 'session/cancel', { sessionId: state.sessionId });
  return true;
}

/** C12: into the turn under way; a repeat is told what became of it. */
export function steer(work: Work, order: OrderPayload<'conversation:steer'>): void {
  const { state, context } = work;
  const { messageId, turnId } = order;
  const known = state.steered.get(messageId);
  if (known === 'sent') return;
  if (known !== undefined) return sendSteered(work, messageId, known);
  const { turn } = state;
  const isUnderWay = turn?.turnId === turnId && turn.sent && turn.cancelBy === null;
  if (!isUnderWay || !state.capabilities.steering) return sendSteered(work, messageId, 'queued');
  state.steered.set(messageId, 'sent');
  const [oldest] = state.steered.keys();
  if (state.steered.size > STEERED && oldest !== undefined) state.steered.delete(oldest);
  const params = {
    sessionId: state.sessionId,
    prompt: blocksOf(order.content, context.directory),
    _meta: { steering: { idleBehavior: 'promptRequired' } },
  };
  state.steering.set(messageId, order);
  call(work, '_session/steering', params, { type: 'steer', messageId });
}

export function steerAnswered(
  work: Work,
  { messageId }: Extract<CallPurpose, { type: 'steer' }>,
  answer: Answer,
): void {
  const { state } = work;
  const order = state.steering.get(messageId);
  state.steering.delete(messageId);
  if (!answer.ok) {
    const error = wireError('INTERNAL_ERROR', errorText(work, answer.error));
    return sendSteered(work, messageId, 'failed', error);
  }
  const { outcome, status, result } = answer.result;
  const word = textIn(outcome) ?? textIn(status) ?? textIn(result);
  if (word === 'promptRequired') return sendSteered(work, messageId, 'queued');
  if (word === 'failed') {
    const error = wireError('INTERNAL_ERROR', 'The agent could not be steered.');
    return sendSteered(work, messageId, 'failed', error);
  }
  // It is not echoed. What the agent says from here on may answer it.
  endTexts(work);
  if (order !== undefined) addUser(work, order, true);
  sendSteered(work, messageId, 'injected');
}

function sendSteered(
  work: Work,
  messageId: string,
  outcome: 'injected' | 'queued' | 'failed',
  error?: WireError,
): void {
  const { state } = work;
  if (outcome !== 'queued' || state.steered.has(messageId)) state.steered.set(messageId, outcome);
  const { conversationId } = state;
  emit(work, {
    type: 'message:steered',
    conversationId,
    messageId,
    outcome,
    ...(error === undefined ? {} : { error }),
  });
}
