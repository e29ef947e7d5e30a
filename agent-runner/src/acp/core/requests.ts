import {
  type AgentRequest,
  type Decider,
  type Decision,
  LIMITS,
  type PermissionId,
  type PolicyAnswer,
  type RequestOption,
  type Resolution,
  type ToolArgument,
} from '@muster/protocol';
import { bounded } from './content.ts';
import { canonicalJson, clip, type Json, jsonOf, listIn, mapTexts, recordIn, textIn } from './json.ts';
import type { OpenRequest } from './open-request.ts';
import { emit, respond, respondError } from './out.ts';
import { decideByPolicy } from './policy.ts';
import { endTexts, turnNow } from './texts.ts';
import { isOpen, type KnownTool } from './tool-book.ts';
import { updateTool, writeTool } from './tools.ts';
import type { Work } from './types.ts';

/** A card must fit an event as it is (C8); what does not is left out, and the card says so. */
const CARD_JSON_CHARS = LIMITS.itemChars;
/** C3: so long a request waits for people, ms. */
const REQUEST_MS = 86_400_000;
const INVALID_PARAMS = -32602;

function optionsIn(value: unknown): RequestOption[] {
  return listIn(value)
    .slice(0, LIMITS.requestOptions)
    .flatMap((each) => {
      const entry = recordIn(each);
      const optionId = textIn(entry['optionId']);
      if (optionId === undefined || optionId === '' || optionId.length > LIMITS.messageIdChars) return [];
      const name = clip(textIn(entry['name']) ?? optionId, LIMITS.optionChars);
      return [{ optionId, name, kind: clip(textIn(entry['kind']) ?? '', 64) }];
    });
}

/** A turn that is being cancelled asks nobody any more; and there is a bound (C7). */
const refusesToAsk = ({ state, context }: Work) =>
  state.requests.size + context.askedElsewhere >= LIMITS.openRequests ||
  (state.turn?.cancelBy ?? null) !== null;

/** C8: what the tool call was known as, with what the request says of it, as it is now. */
export function askPermission(work: Work, rpcId: unknown, params: Json): void {
  const { state, context } = work;
  const toolCall = recordIn(mapTexts(params['toolCall'], (text) => context.masker.whole(text)));
  const options = optionsIn(params['options']);
  if (options.length === 0)
    return respondError(work, rpcId, INVALID_PARAMS, 'options must name at least one');
  const toolCallId = textIn(toolCall['toolCallId']) ?? null;
  const known = toolCallId === null ? undefined : state.tools.get(toolCallId);
  if (known !== undefined) known.hasAsked = true;
  if (refusesToAsk(work)) {
    if (state.turn !== null) state.turn.cut = state.turn.cancelBy !== null;
    return respond(work, rpcId, { outcome: { outcome: 'cancelled' } });
  }
  endTexts(work);
  // An ended call's id that asks anew is another call (C6).
  const begins = known !== undefined && !isOpen(known);
  const tool = updateTool(work, askedOf(toolCall), begins);
  const argument = argumentOf(tool?.item ?? null);
  const request: AgentRequest = {
    kind: 'permission',
    ...shared(work),
    digest: context.digest(canonicalJson({ ...argument, options })),
    ...(tool === null ? {} : { itemId: tool.item.itemId }),
    tool: argument,
    options,
    directory: context.directory,
  };
  // Options that were left out might allow once too.
  const isComplete = options.length === listIn(params['options']).length;
  const verdict = isComplete ? decideByPolicy(request, context, [...(tool?.kinds ?? [])]) : null;
  if (tool !== null) noteAsked(work, tool, verdict?.answer);
  if (verdict !== null) return respond(work, rpcId, selected(verdict.option.optionId));
  open(work, { rpcId, request, toolCallId, elicitationId: null, state: 'pending', decision: null });
}

/** What a request leaves empty is not taken from what is known of its tool call. */
function askedOf(toolCall: Json): Json {
  const says = ([key, value]: [string, unknown]) =>
    key !== 'status' && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(toolCall).filter(says));
}

const selected = (optionId: string): Json => ({ outcome: { outcome: 'selected', optionId } });

/** The call has asked, and the policy has answered, or people are to. Its row stands before the request. */
function noteAsked(work: Work, tool: KnownTool, byPolicy: PolicyAnswer | undefined): void {
  const { byPolicy: before, ...item } = tool.item;
  tool.hasAsked = true;
  if (before !== undefined || byPolicy !== undefined) {
    tool.item = { ...item, ...(byPolicy === undefined ? {} : { byPolicy }) };
    tool.isDirty = true;
  }
  if (tool.needsRow || tool.isDirty) writeTool(work, tool);
}

function argumentOf(item: ToolArgument | null): ToolArgument {
  if (item === null) return { title: '', toolKind: 'other', content: [], locations: [] };
  const { title, toolKind, rawInput, content, locations, omitted } = item;
  const argument = {
    title,
    toolKind,
    ...(rawInput === undefined ? {} : { rawInput }),
    content,
    locations,
    ...(omitted === undefined ? {} : { omitted }),
  };
  return bounded(argument, CARD_JSON_CHARS - 32 * 1024);
}

/** A form, or a link to open. */
export function askElicitation(work: Work, rpcId: unknown, params: Json): void {
  const { context } = work;
  if (refusesToAsk(work)) return respond(work, rpcId, { action: 'cancel' });
  const url = textIn(params['url']);
  const schema = jsonOf(mapTexts(params['requestedSchema'] ?? {}, (text) => context.masker.whole(text)));
  const isUrl = params['mode'] === 'url';
  if (!isUrl && params['mode'] !== 'form')
    return respondError(work, rpcId, INVALID_PARAMS, 'mode must be form or url');
  // C8: nothing that was cut is shown as the whole.
  if (isUrl ? !isOpenable(url) : schema.length > FORM_CHARS)
    return respondError(work, rpcId, INVALID_PARAMS, 'it is too large, or no link of http');
  endTexts(work);
  const message = clip(context.masker.whole(textIn(params['message']) ?? ''), LIMITS.textChars);
  const form = isUrl ? { mode: 'url' as const, url: url ?? '' } : { mode: 'form' as const, schema };
  const digest = context.digest(canonicalJson({ title: message, kind: 'elicitation', rawInput: form }));
  const request: AgentRequest = { kind: 'elicitation', ...shared(work), digest, message, form };
  const elicitationId = textIn(params['elicitationId']) ?? null;
  open(work, { rpcId, request, toolCallId: null, elicitationId, state: 'pending', decision: null });
}
/** Of a form's schema, which stands as JSON within JSON. */
const FORM_CHARS = 64 * 1024;
const isOpenable = (url: string | undefined) =>
  url !== undefined && url.length <= LIMITS.pathChars && /^https?:\/\/[^\s]+$/i.test(url);

const shared = (work: Work) => ({
  permissionId: work.context.permissionId,
  conversationId: work.state.conversationId,
  // C7: a request that comes outside a turn outlives the turns around it.
  ...(work.state.turn?.sent === true ? turnNow(work) : {}),
  requestedAt: work.context.now,
  expiresAt: work.context.now + REQUEST_MS,
});

function open(work: Work, asked: OpenRequest): void {
  work.state.requests.set(asked.request.permissionId, asked);
  emit(work, { type: 'request:opened', request: asked.request });
}

function change(work: Work, permissionId: PermissionId, resolution: Omit<Resolution, 'at'>): void {
  const at = work.context.now;
  emit(work, { type: 'request:changed', permissionId, resolution: { ...resolution, at } });
}

/** C7: the answer of people; a repeat is told what became of it. False: it is not asked here. */
export function decide(work: Work, permissionId: PermissionId, decision: Decision): boolean {
  const asked = work.state.requests.get(permissionId);
  if (asked === undefined) return false;
  if (asked.state === 'delivered') {
    change(work, permissionId, { state: 'delivered', ...(asked.decision && { decision: asked.decision }) });
    return true;
  }
  const answer = answerOf(asked.request, decision);
  if (answer === null) {
    const reason = 'This is no answer to what the agent asked.';
    cancelRequest(work, asked, reason);
    return true;
  }
  respond(work, asked.rpcId, answer);
  asked.state = 'delivered';
  asked.decision = decision;
  change(work, permissionId, { state: 'delivered', decision });
  return true;
}

/** Null: the decision does not fit the request. */
function answerOf(request: AgentRequest, decision: Decision): Json | null {
  if (decision.type === 'cancelled') return cancelledAnswer(request);
  if (request.kind === 'permission') {
    const isOffered =
      decision.type === 'option' && request.options.some(({ optionId }) => optionId === decision.optionId);
    return isOffered ? selected(decision.optionId) : null;
  }
  if (decision.type !== 'form') return null;
  const { action, content } = decision;
  return { action, ...(action === 'accept' && content !== undefined ? { content } : {}) };
}

const cancelledAnswer = ({ kind }: AgentRequest): Json =>
  kind === 'permission' ? { outcome: { outcome: 'cancelled' } } : { action: 'cancel' };

function cancelRequest(work: Work, asked: OpenRequest, reason: string, decider?: Decider): void {
  respond(work, asked.rpcId, cancelledAnswer(asked.request));
  withdraw(work, asked, reason, decider);
}

function withdraw(work: Work, asked: OpenRequest, reason: string, decider?: Decider): void {
  const { permissionId } = asked.request;
  work.state.requests.delete(permissionId);
  if (asked.state === 'delivered') return change(work, permissionId, { state: 'acknowledged' });
  const decided = decider === undefined ? {} : { decision: { type: 'cancelled' as const }, decider };
  change(work, permissionId, { state: 'withdrawn', reason, ...decided });
}

/** The specification's MUST: cancelling a turn answers each request of it first. False: it asked nothing. */
export function cancelRequests(work: Work, turnId: string): boolean {
  const open = [...work.state.requests.values()].filter(
    ({ state, request }) => state === 'pending' && request.turnId === turnId,
  );
  for (const asked of open) cancelRequest(work, asked, 'The turn was cancelled.', { by: 'cancel' });
  return open.length > 0;
}

/** The end of a turn ends what was asked in it. */
export function endRequests(work: Work, turnId: string): void {
  for (const asked of work.state.requests.values()) {
    if (asked.state === 'delivered') acknowledgeOne(work, asked);
    else if (asked.request.turnId === turnId) cancelRequest(work, asked, 'The turn ended.');
  }
}

/** The adapter is gone, and with it all that it asked. */
export function dropRequests(work: Work, reason: string): void {
  for (const asked of work.state.requests.values()) withdraw(work, asked, reason);
}

/** `$/cancel_request`: the agent does not ask any more. */
export function requestCancelled(work: Work, rpcId: unknown): void {
  for (const asked of work.state.requests.values())
    if (asked.rpcId === rpcId && asked.state === 'pending')
      cancelRequest(work, asked, 'The agent does not ask any more.');
}

/** `elicitation/complete`: what the link led to is done. */
export function elicitationCompleted(work: Work, elicitationId: string | undefined): void {
  for (const asked of work.state.requests.values()) {
    if (asked.elicitationId === null || asked.elicitationId !== elicitationId) continue;
    if (asked.state === 'pending') respond(work, asked.rpcId, { action: 'accept' });
    acknowledgeOne(work, asked);
  }
}

/** C7: the agent goes on from an answer. `toolCallId`: what moved; null: something else. */
export function acknowledge(work: Work, toolCallId: string | null): void {
  for (const asked of work.state.requests.values()) {
    const isOf = asked.toolCallId === null || toolCallId === null || asked.toolCallId === toolCallId;
    if (asked.state === 'delivered' && isOf) acknowledgeOne(work, asked);
  }
}

function acknowledgeOne(work: Work, asked: OpenRequest): void {
  const { permissionId } = asked.request;
  work.state.requests.delete(permissionId);
  const { decision } = asked;
  change(work, permissionId, { state: 'acknowledged', ...(decision && { decision }) });
}
