import { promptText, type Turn, type WireError, wireError } from '@muster/protocol';
import { blocksOf, wantedFiles } from './blocks.ts';
import type { Answer, CallPurpose } from './calls.ts';
import { errorText, isSignIn, signInError, signInNeeded } from './errors.ts';
import { clip, textIn } from './json.ts';
import { call, emit, notify, sendFacts } from './out.ts';
import { cancelRequests, endRequests } from './requests.ts';
import { addWhole, endTexts } from './texts.ts';
import { flushTools, stopTools } from './tools.ts';
import type { CoreEvent, OrderPayload, PromptOrder, RunningTurn, Work } from './types.ts';
import { endItems } from './updates.ts';

/** C16: a cancel that is not answered in this time ends the adapter, ms. */
export const CANCEL_MS = 35_000;
/** What comes so soon after a turn's result still belongs to it, ms. */
const LATELY_MS = 2_000;
/** Steered messages that are remembered, so that a repeat is not steered again. */
const STEERED = 200;

/** C16: handed over by the shell once, when it is written down. */
export function beginTurn(work: Work, prompt: PromptOrder): void {
  work.state.turn = { turnId: prompt.turnId, prompt, files: null, sent: false, cancelBy: null, cut: false };
  work.state.idleTold = null;
}

/** The agent gets what it was told, when its session is ready. */
export function sendPrompt(work: Work): void {
  const { state, context } = work;
  const { turn } = state;
  if (turn === null || turn.sent || needsFiles(work, turn)) return;
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
  const params = { sessionId: state.sessionId, prompt: blocksOf(prompt.content, context, filesOf(turn)) };
  call(work, 'session/prompt', params, { type: 'prompt', turnId });
}

const filesOf = ({ files }: RunningTurn) => (Array.isArray(files) ? files : []);

/** C15: its files are fetched when the agent is ready for them, so that few wait in memory. */
function needsFiles(work: Work, turn: RunningTurn): boolean {
  if (turn.files !== null) return turn.files === 'asked';
  const files = wantedFiles(turn.prompt.content, work.state.capabilities);
  if (files.length === 0) return false;
  turn.files = 'asked';
  work.out.push({ type: 'fetch-files', turnId: turn.turnId, files });
  return true;
}

/** C15: without its files a message is not sent: it waits on, and people are told why. */
export function filesFetched(
  work: Work,
  { turnId, fetched }: Extract<CoreEvent, { type: 'files-fetched' }>,
): void {
  const { turn, phase } = work.state;
  if (turn?.turnId !== turnId || turn.sent) return;
  if (!fetched.ok) return failTurn(work, fetched.error);
  turn.files = fetched.value;
  if (phase === 'ready') sendPrompt(work);
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
  addWhole(work, {
    kind: 'user',
    text: work.context.masker.whole(promptText(content.filter(({ type }) => type !== 'file'))),
    item,
  });
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
  // Files take a while to come, so they go with a turn of their own.
  if (order.content.some(({ type }) => type === 'file')) return sendSteered(work, messageId, 'queued');
  const isUnderWay = turn?.turnId === turnId && turn.sent && turn.cancelBy === null;
  if (!isUnderWay || !state.capabilities.steering) return sendSteered(work, messageId, 'queued');
  state.steered.set(messageId, 'sent');
  const [oldest] = state.steered.keys();
  if (state.steered.size > STEERED && oldest !== undefined) state.steered.delete(oldest);
  const params = {
    sessionId: state.sessionId,
    prompt: blocksOf(order.content, context),
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
