import { type WireError, wireError } from '@muster/protocol';
import type { Answer, CallPurpose, RpcError } from './calls.ts';
import { detach } from './detach.ts';
import { errorText, isNoSession, isSignIn, signInError, signInNeeded } from './errors.ts';
import { clip, type Json, jsonOf, recordIn, textIn } from './json.ts';
import { capabilitiesOf, infoOf, optionsOf, sendModes, sendOptions } from './offers.ts';
import { call, finishRequest, sendFacts } from './out.ts';
import { askSessions, refuseListings } from './sessions.ts';
import { addWhole } from './texts.ts';
import { failTurn, sendPrompt } from './turns.ts';
import type { Phase, Work } from './types.ts';
import { SETTLE_MS } from './updates.ts';

/** ACP's version. */
const PROTOCOL_VERSION = 1;
/** C5: exactly this. Without these some agents offer no sign-in and ask nothing. */
const CLIENT_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  auth: { terminal: true },
  session: { notices: {}, compaction: {}, configOptions: { boolean: {} } },
  _meta: { terminal_output_delta: true },
};
/** How long an adapter may take to be initialized, and to open a session, ms. */
const PHASE_MS: Partial<Record<Phase, number>> = {
  initializing: 60_000,
  opening: 180_000,
  configuring: 60_000,
};

/** Pages of an agent's sessions that are read; one that has more may have this one too. */
const LIST_PAGES = 20;
const LOST = 'The agent has lost its session';

/** Whether the adapter is needed: a prompt waits, or a member signs in. */
const isWanted = ({ state }: Work) =>
  state.turn !== null || state.signIn !== null || state.listing.length > 0;

function enter(work: Work, phase: Phase): void {
  const { state, context } = work;
  const limit = PHASE_MS[phase];
  state.phase = phase;
  state.phaseBy = limit === undefined ? null : context.now + limit;
}

/** Goes on towards what is wanted, as far as the adapter is. */
export function advance(work: Work): void {
  const { state } = work;
  if (!isWanted(work)) return;
  switch (state.phase) {
    case 'none':
      enter(work, 'starting');
      work.out.push({ type: 'start' });
      return sendFacts(work, { adapter: 'starting', error: null });
    case 'up':
      askSessions(work);
      if (state.signIn !== null) return authenticate(work);
      return state.turn === null ? undefined : openSession(work);
    case 'ready':
      askSessions(work);
      if (state.signIn !== null) return authenticate(work);
      return sendPrompt(work);
    default:
  }
}

export function adapterStarted(work: Work, incarnation: string): void {
  const { state } = work;
  if (state.phase !== 'starting') return;
  state.incarnation = incarnation;
  state.toldCost = null;
  state.garbage = 0;
  enter(work, 'initializing');
  const clientInfo = { name: 'muster', title: 'Muster', version: state.version };
  const params = { protocolVersion: PROTOCOL_VERSION, clientCapabilities: CLIENT_CAPABILITIES, clientInfo };
  call(work, 'initialize', params, { type: 'initialize' });
}

function authenticate(work: Work): void {
  const { signIn, calls } = work.state;
  if (signIn === null || calls.has('authenticate')) return;
  call(work, 'authenticate', { methodId: signIn.methodId }, { type: 'authenticate' });
}

function openSession(work: Work): void {
  const { state, context } = work;
  const { resume, load } = state.capabilities;
  const { sessionId } = state;
  enter(work, 'opening');
  const place = { cwd: context.directory, mcpServers: [] };
  if (sessionId === null) return call(work, 'session/new', place, { type: 'new' });
  if (resume) return call(work, 'session/resume', { sessionId, ...place }, { type: 'resume' });
  state.loading = load;
  if (load) return call(work, 'session/load', { sessionId, ...place }, { type: 'load' });
  beginAnew(work, 'This agent cannot go on with an earlier session');
}

/** C11: a session of which the agent knows nothing of what was said, which people are told. */
function beginAnew(work: Work, why: string): void {
  const { state, context } = work;
  state.sessionId = null;
  addWhole(work, {
    kind: 'notice',
    level: 'warning',
    item: { fresh: true },
    text: `${why}. A new session began, which knows nothing of what was said above.`,
  });
  call(work, 'session/new', { cwd: context.directory, mcpServers: [] }, { type: 'new' });
}

type FindCall = Extract<CallPurpose, { type: 'find' }>;
type SessionCall = Extract<CallPurpose, { type: 'initialize' | 'new' | 'resume' | 'load' | 'authenticate' }>;

export function sessionAnswered(work: Work, purpose: SessionCall, answer: Answer): void {
  const { state } = work;
  if (purpose.type === 'authenticate') return authenticated(work, answer);
  if (!answer.ok) {
    state.loading = false;
    const takesUp = purpose.type === 'resume' || purpose.type === 'load';
    return takesUp ? notTakenUp(work, answer.error) : refused(work, answer.error);
  }
  if (purpose.type === 'initialize') return initialized(work, answer.result);
  opened(work, purpose.type, answer.result);
}

/** C11: agents that lost a session often say no more than that something failed, and are asked which they have. */
function notTakenUp(work: Work, error: RpcError): void {
  if (isNoSession(error)) return beginAnew(work, LOST);
  if (isSignIn(error) || !work.state.capabilities.lists) return refused(work, error);
  findSession(work, { type: 'find', error, page: 1 });
}

function findSession(work: Work, purpose: FindCall, cursor?: string): void {
  const place = { cwd: work.context.directory };
  call(work, 'session/list', { ...place, ...(cursor === undefined ? {} : { cursor }) }, purpose);
}

/** Begins anew only where the agent names all its sessions, and this is none of them. */
export function sessionsFound(work: Work, purpose: FindCall, answer: Answer): void {
  const { sessionId } = work.state;
  const sessions = answer.ok ? answer.result['sessions'] : undefined;
  if (!answer.ok || !Array.isArray(sessions)) return refused(work, purpose.error);
  if (sessions.some((each) => recordIn(each)['sessionId'] === sessionId)) return refused(work, purpose.error);
  const cursor = textIn(answer.result['nextCursor']) ?? '';
  if (cursor === '') return beginAnew(work, LOST);
  if (purpose.page === LIST_PAGES) return refused(work, purpose.error);
  findSession(work, { ...purpose, page: purpose.page + 1 }, cursor);
}

function initialized(work: Work, result: Json): void {
  const { state } = work;
  if (result['protocolVersion'] !== PROTOCOL_VERSION) {
    const version = clip(jsonOf(result['protocolVersion'] ?? 'none'), 32);
    const message = `It speaks version ${version} of the Agent Client Protocol; Muster speaks ${PROTOCOL_VERSION}. Upgrade the adapter.`;
    return adapterFailed(work, wireError('AGENT_SPAWN_FAILED', message));
  }
  state.capabilities = capabilitiesOf(result);
  enter(work, 'up');
  sendFacts(work, { info: infoOf(result, state.capabilities, state.command) });
  goOn(work);
}

/** Opens the session also where its turn was cancelled meanwhile: the next message finds it ready. */
function goOn(work: Work): void {
  if (isWanted(work)) return advance(work);
  if (work.state.phase === 'up') openSession(work);
}

function opened(work: Work, how: 'new' | 'resume' | 'load', result: Json): void {
  const { state } = work;
  state.loading = how === 'load';
  if (state.loading) state.settleAt = work.context.now + SETTLE_MS;
  const given = textIn(result['sessionId']);
  if (how === 'new') {
    if (given === undefined || given === '' || given.length > 512)
      return refused(work, { code: 0, message: 'The adapter gave no session', data: undefined });
    state.sessionId = given;
    state.toldCost = { amount: 0, currency: '' };
    sendFacts(work, { sessionId: given });
  }
  if (result['modes'] != null) sendModes(work, result['modes']);
  if (result['configOptions'] != null) sendOptions(work, optionsOf(result['configOptions']));
  enter(work, 'configuring');
  for (const [configId, value] of wishes(work)) configure(work, configId, value);
  configured(work);
}

/** C17: what members chose, and the mode in which the agent asks, where it is not so already. */
function wishes({ state }: Work): [string, string | boolean][] {
  const all = new Map(state.configured);
  if (state.adapter?.mode != null && !all.has('mode')) all.set('mode', state.adapter.mode);
  return [...all].filter(([configId, value]) => {
    const option = state.options.get(optionFor(state, configId));
    if (option !== undefined) return option.value !== value;
    return (
      configId === 'mode' && typeof value === 'string' && state.modes.includes(value) && state.mode !== value
    );
  });
}

/** The option by which the mode is set, where the agent has one. */
function optionFor({ options }: Work['state'], configId: string): string {
  if (configId !== 'mode' || options.has('mode')) return configId;
  return [...options].find(([, { category }]) => category === 'mode')?.[0] ?? configId;
}

export function configure(work: Work, configId: string, value: string | boolean, requestId?: string): void {
  const { state } = work;
  const { sessionId } = state;
  const option = optionFor(state, configId);
  const purpose = {
    type: 'configure' as const,
    configId,
    value,
    ...(requestId === undefined ? {} : { requestId }),
  };
  if (configId === 'mode' && !state.options.has(option))
    return call(work, 'session/set_mode', { sessionId, modeId: value }, purpose);
  const typed = typeof value === 'boolean' ? { type: 'boolean', value } : { value };
  call(work, 'session/set_config_option', { sessionId, configId: option, ...typed }, purpose);
}

export function configureAnswered(
  work: Work,
  purpose: Extract<CallPurpose, { type: 'configure' }>,
  answer: Answer,
): void {
  const { state } = work;
  const { configId, value, requestId } = purpose;
  if (answer.ok) {
    if (Array.isArray(answer.result['configOptions']))
      sendOptions(work, optionsOf(answer.result['configOptions']));
    else if (configId === 'mode' && typeof value === 'string') sendModes(work, { currentModeId: value });
  }
  const error = answer.ok ? undefined : wireError('INVALID_STATE', errorText(work, answer.error));
  if (requestId !== undefined) finishRequest(work, requestId, error);
  else if (error !== undefined) {
    const text = `The agent does not take ${String(value)} for ${configId}: ${error.message}`;
    addWhole(work, { kind: 'notice', level: 'warning', text });
  }
  if (state.phase === 'configuring') configured(work);
}

/** The loaded session is repeated to its end. */
export function tickSettle(work: Work): void {
  const { state, context } = work;
  if (state.settleAt === null || context.now < state.settleAt) return;
  state.settleAt = null;
  state.loading = false;
  configured(work);
}

/** Prompts only when every choice was answered, and nothing is repeated any more. */
function configured(work: Work): void {
  const { state } = work;
  if (state.phase !== 'configuring' || state.calls.has('configure') || state.settleAt !== null) return;
  enter(work, 'ready');
  state.idleSince = work.context.now;
  sendFacts(work, { adapter: 'ready', error: null });
  advance(work);
}

function authenticated(work: Work, answer: Answer): void {
  const { state } = work;
  const { signIn } = state;
  state.signIn = null;
  const error = answer.ok ? undefined : wireError('INVALID_STATE', errorText(work, answer.error));
  if (signIn !== null) finishRequest(work, signIn.requestId, error);
  if (!answer.ok) return advance(work);
  sendFacts(work, { adapter: state.phase === 'ready' ? 'ready' : 'starting', error: null });
  goOn(work);
}

/** The conversation fails, to be tried again; -32000: with the ways to sign in (C5). */
function refused(work: Work, error: RpcError): void {
  const { state } = work;
  if (!isSignIn(error)) return adapterFailed(work, wireError('AGENT_SPAWN_FAILED', errorText(work, error)));
  enter(work, 'up');
  signInNeeded(work, error);
  if (state.turn !== null) failTurn(work, signInError(work, error));
}

/** The adapter is of no use as it is: it ends, and the next message tries again. */
export function adapterFailed(work: Work, error: WireError): void {
  const { state } = work;
  if (state.phase !== 'none') work.out.push({ type: 'stop' });
  refuseListings(work, error);
  detach(work, error.message);
  sendFacts(work, { adapter: 'failed', error });
  if (state.signIn !== null) finishRequest(work, state.signIn.requestId, error);
  state.signIn = null;
  if (state.turn !== null) failTurn(work, error);
}

/** A phase that takes too long. */
export function tickPhase(work: Work): void {
  const { state, context } = work;
  if (state.phaseBy === null || context.now < state.phaseBy) return;
  const what = state.phase === 'initializing' ? 'does not answer' : 'does not open a session';
  adapterFailed(work, wireError('AGENT_SPAWN_FAILED', `The adapter ${what}; it was ended. Try again.`));
}
