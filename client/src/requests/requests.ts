import { type Ack, LIMITS, type ViewerMessage, type WireError, wireError } from '@muster/protocol';

/**
 * I1: each request has one id for its whole life and exactly one outcome. It is sent again under that id
 * until an ack comes, its tries are used up or its time is over. Times: ms.
 */
export const REQUEST_TIMEOUT_MS = 30_000;
export const REQUEST_RETRIES = 3;
/**
 * I1: how long after its first sending a request may be sent again, ms: half of the 10 minutes for which the server
 * remembers it. A later repeat might be taken for a new request and be done a second time.
 */
export const REPEAT_WINDOW_MS = 300_000;
/** Requests that may wait for their outcome on one socket; more are refused. */
export const MAX_PENDING = 1_000;

export interface PendingRequest {
  readonly id: string;
  readonly message: ViewerMessage;
  readonly deadline: number;
  /** Between two tries. */
  readonly interval: number;
  readonly triesLeft: number;
  /** When it was first sent; null: not yet, so nothing can have been done. */
  readonly sentAt: number | null;
  /** When it is sent again if no ack comes; null: not sent on this socket. */
  readonly retryAt: number | null;
}

export interface RequestsState {
  readonly online: boolean;
  /** In the order they were asked. */
  readonly pending: readonly PendingRequest[];
}

export const NO_REQUESTS: RequestsState = { online: false, pending: [] };

export type RequestsInput =
  | {
      readonly type: 'request';
      readonly id: string;
      readonly message: ViewerMessage;
      readonly timeout?: number;
      readonly retries?: number;
    }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  | { readonly type: 'ack'; readonly ack: Ack }
  | { readonly type: 'tick' }
  /** The socket will not come back: nothing that waits can be done. */
  | { readonly type: 'abandon'; readonly error: WireError };

export type RequestsOutput =
  | { readonly type: 'send'; readonly id: string; readonly message: ViewerMessage }
  | { readonly type: 'done'; readonly ack: Ack }
  | { readonly type: 'failed'; readonly id: string; readonly error: WireError; readonly outcome: Outcome };

/** The outcome of a failed request. `unknown`: it was sent, and its result will never be known. */
export type Outcome = 'refused' | 'unsent' | 'unknown';

export interface RequestsStep {
  readonly state: RequestsState;
  readonly outputs: readonly RequestsOutput[];
}

/**
 * Messages for this socket alone are sent once and not kept for the next: input, which may not reach a program
 * twice (I2), and messages about the socket itself.
 */
function isOnce({ type }: ViewerMessage): boolean {
  return (
    type === 'agent:input' || type === 'subscribe:agent' || type === 'unsubscribe' || type === 'auth:refresh'
  );
}

export function stepRequests(before: RequestsState, input: RequestsInput, now: number): RequestsStep {
  if (input.type === 'ack') return onAck(before, input.ack);
  if (input.type === 'abandon') return abandon(before, input.error);
  // A machine that slept hears of its new socket before its timers ring.
  const { state, outputs } = expire(before, now);
  const next = advance(state, input, now);
  return outputs.length === 0 ? next : { state: next.state, outputs: [...outputs, ...next.outputs] };
}

function advance(
  state: RequestsState,
  input: Exclude<RequestsInput, { type: 'ack' | 'abandon' }>,
  now: number,
): RequestsStep {
  switch (input.type) {
    case 'request':
      return onRequest(state, input, now);
    case 'online':
      return state.online ? { state, outputs: [] } : sendAll({ ...state, online: true }, now);
    case 'offline':
      return onOffline(state);
    case 'tick':
      return onTick(state, now);
  }
}

/** When `tick` has something to do, ms; null: never. */
export function requestsDeadline(state: RequestsState): number | null {
  const times = state.pending.map((request) => {
    const end = endOf(state, request);
    return state.online && request.triesLeft > 0 && request.retryAt !== null
      ? Math.min(end, request.retryAt)
      : end;
  });
  return times.length === 0 ? null : Math.min(...times);
}

/** When a request fails without an answer: at its deadline, or when it can neither be answered nor sent again. */
function endOf({ online }: RequestsState, { deadline, sentAt }: PendingRequest): number {
  return online || sentAt === null ? deadline : Math.min(deadline, sentAt + REPEAT_WINDOW_MS);
}

const mayRepeat = ({ sentAt }: PendingRequest, now: number): boolean =>
  sentAt === null || now < sentAt + REPEAT_WINDOW_MS;

const failed = (id: string, error: WireError, outcome: Outcome): RequestsOutput => ({
  type: 'failed',
  id,
  error,
  outcome,
});
/** The advice for a request that may have been done. */
const CHECK = 'Check before you try again.';
const notConnected = () =>
  wireError('SERVICE_UNAVAILABLE', 'This was not done: there is no connection to the server.');

/** A request that had its time. */
function expired({ id, sentAt }: PendingRequest): RequestsOutput {
  if (sentAt !== null)
    return failed(
      id,
      wireError(
        'COMMAND_TIMEOUT',
        `It is not known whether this was done: the server did not answer. ${CHECK}`,
      ),
      'unknown',
    );
  const text = 'This was not done: the server could not be reached in time.';
  return failed(id, wireError('COMMAND_TIMEOUT', text), 'unsent');
}

function expire(state: RequestsState, now: number): RequestsStep {
  const over = state.pending.filter((request) => now >= endOf(state, request));
  if (over.length === 0) return { state, outputs: [] };
  const pending = state.pending.filter((request) => !over.includes(request));
  return { state: { ...state, pending }, outputs: over.map(expired) };
}

/** The socket ends for good with `error`, which answers what was not sent and says nothing of the rest. */
function abandon({ pending }: RequestsState, error: WireError): RequestsStep {
  return {
    state: { online: false, pending: [] },
    outputs: pending.map(({ id, sentAt }) =>
      sentAt === null
        ? failed(id, error, 'unsent')
        : failed(
            id,
            {
              ...error,
              message: `It is not known whether this was done: ${error.message}`.slice(0, LIMITS.textChars),
            },
            'unknown',
          ),
    ),
  };
}

function onRequest(
  state: RequestsState,
  input: RequestsInput & { type: 'request' },
  now: number,
): RequestsStep {
  const { id, message } = input;
  if (isOnce(message) && !state.online) return { state, outputs: [failed(id, notConnected(), 'unsent')] };
  if (state.pending.length >= MAX_PENDING) {
    const error = wireError('RESOURCE_EXHAUSTED', `at most ${MAX_PENDING} requests may wait at a time`);
    return { state, outputs: [failed(id, error, 'unsent')] };
  }
  const timeout = input.timeout ?? REQUEST_TIMEOUT_MS;
  const retries = isOnce(message) ? 0 : (input.retries ?? REQUEST_RETRIES);
  const request: PendingRequest = {
    id,
    message,
    deadline: now + timeout,
    interval: timeout / (retries + 1),
    triesLeft: retries + 1,
    sentAt: null,
    retryAt: null,
  };
  if (!state.online) return { state: { ...state, pending: [...state.pending, request] }, outputs: [] };
  const { sent, output } = send(request, now);
  return { state: { ...state, pending: [...state.pending, sent] }, outputs: [output] };
}

function send(
  request: PendingRequest,
  now: number,
): { readonly sent: PendingRequest; readonly output: RequestsOutput } {
  const { id, message, interval, triesLeft, sentAt } = request;
  return {
    sent: {
      ...request,
      triesLeft: Math.max(0, triesLeft - 1),
      sentAt: sentAt ?? now,
      retryAt: now + interval,
    },
    output: { type: 'send', id, message },
  };
}

/** On a fresh socket everything without an outcome goes out, in the order it was asked, whatever its tries. */
function sendAll(state: RequestsState, now: number): RequestsStep {
  const outputs: RequestsOutput[] = [];
  const pending: PendingRequest[] = [];
  for (const request of state.pending) {
    // Its answer went to the socket before, and to ask for it again is too late.
    if (!mayRepeat(request, now)) outputs.push(expired(request));
    else {
      const { sent, output } = send(request, now);
      outputs.push(output);
      pending.push(sent);
    }
  }
  return { state: { ...state, pending }, outputs };
}

function onOffline(state: RequestsState): RequestsStep {
  const lost = state.pending.filter(({ message }) => isOnce(message));
  const pending = state.pending
    .filter(({ message }) => !isOnce(message))
    .map((request) => ({ ...request, retryAt: null }));
  const why = `It is not known whether this was done: the connection was lost. ${CHECK}`;
  return {
    state: { online: false, pending },
    outputs: lost.map(({ id }) => failed(id, wireError('SERVICE_UNAVAILABLE', why), 'unknown')),
  };
}

function onAck(state: RequestsState, ack: Ack): RequestsStep {
  if (!state.pending.some(({ id }) => id === ack.messageId)) return { state, outputs: [] };
  const pending = state.pending.filter(({ id }) => id !== ack.messageId);
  return { state: { ...state, pending }, outputs: [{ type: 'done', ack }] };
}

function onTick(state: RequestsState, now: number): RequestsStep {
  const outputs: RequestsOutput[] = [];
  const pending = state.pending.map((request) => {
    const isDue = request.triesLeft > 0 && request.retryAt !== null && now >= request.retryAt;
    if (!state.online || !isDue) return request;
    // Too late to ask again: the answer may still come on this socket.
    if (!mayRepeat(request, now)) return { ...request, retryAt: null };
    const { sent, output } = send(request, now);
    outputs.push(output);
    return sent;
  });
  return { state: { ...state, pending }, outputs };
}
