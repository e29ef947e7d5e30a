import { type Ack, LIMITS, type ViewerMessage, type WireError, wireError } from '@muster/protocol';
import { earliest } from '../earliest.ts';

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
  /** For this socket alone. */
  readonly isOnce: boolean;
  triesLeft: number;
  /** When it was first sent; null: not yet, so nothing can have been done. */
  sentAt: number | null;
  /** When it is sent again if no ack comes; null: not sent on this socket. */
  retryAt: number | null;
}

export interface RequestsState {
  online: boolean;
  /** In the order they were asked. */
  pending: PendingRequest[];
}

export const noRequests = (): RequestsState => ({ online: false, pending: [] });

/** Something that is asked for. `timeout`: ms. */
export interface RequestEvent {
  readonly type: 'request';
  readonly id: string;
  readonly message: ViewerMessage;
  readonly timeout?: number;
  readonly retries?: number;
  /** It is about the socket itself: sent once, and not kept for the next. */
  readonly once?: boolean;
}

export type RequestsEvent =
  | RequestEvent
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  | { readonly type: 'ack'; readonly ack: Ack }
  | { readonly type: 'tick' }
  /** The socket will not come back: nothing that waits can be done. */
  | { readonly type: 'abandon'; readonly error: WireError };

export type RequestsEffect =
  | { readonly type: 'send'; readonly id: string; readonly message: ViewerMessage }
  | { readonly type: 'done'; readonly ack: Ack }
  | { readonly type: 'failed'; readonly id: string; readonly error: WireError; readonly outcome: Outcome };

export interface RequestsContext {
  /** ms. */
  readonly now: number;
}

/** One event on its way through the core. */
interface UnitOfWork extends RequestsContext {
  readonly requests: RequestsState;
  readonly out: RequestsEffect[];
}

/** The outcome of a failed request. `unknown`: it was sent, and its result will never be known. */
export type Outcome = 'refused' | 'unsent' | 'unknown';

/**
 * Messages for this socket alone are sent once and not kept for the next: input, which may not reach a program
 * twice (I2), and messages about the socket itself.
 */
function isOnce({ type }: ViewerMessage): boolean {
  return (
    type === 'agent:input' || type === 'subscribe:agent' || type === 'unsubscribe' || type === 'auth:refresh'
  );
}

export function handleRequests(
  requests: RequestsState,
  event: RequestsEvent,
  { now }: RequestsContext,
): readonly RequestsEffect[] {
  const work: UnitOfWork = { now, requests, out: [] };
  switch (event.type) {
    case 'ack':
      handleAck(work, event.ack);
      break;
    case 'abandon':
      abandon(work, event.error);
      break;
    default:
      // A machine that slept hears of its new socket before its timers ring.
      expire(work);
      advance(work, event);
  }
  return work.out;
}

function advance(work: UnitOfWork, event: Exclude<RequestsEvent, { type: 'ack' | 'abandon' }>): void {
  switch (event.type) {
    case 'request':
      return handleRequest(work, event);
    case 'online':
      return handleOnline(work);
    case 'offline':
      return handleOffline(work);
    case 'tick':
      return repeatDue(work);
  }
}

/** When `tick` has something to do, ms; null: never. */
export function requestsDeadline(state: RequestsState): number | null {
  return earliest(
    state.pending.flatMap((request) => {
      const isRepeated = state.online && request.triesLeft > 0;
      return [endOf(state, request), isRepeated ? request.retryAt : null];
    }),
  );
}

/** When a request fails without an answer: at its deadline, or when it can neither be answered nor sent again. */
function endOf({ online }: RequestsState, { deadline, sentAt }: PendingRequest): number {
  return online || sentAt === null ? deadline : Math.min(deadline, sentAt + REPEAT_WINDOW_MS);
}

const mayRepeat = ({ sentAt }: PendingRequest, now: number): boolean =>
  sentAt === null || now < sentAt + REPEAT_WINDOW_MS;

const failed = (id: string, error: WireError, outcome: Outcome): RequestsEffect => ({
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
function expired({ id, sentAt }: PendingRequest): RequestsEffect {
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

/** Keeps what `isKept` says; the rest ends as `end` says, in order. */
function endOthers(
  { requests, out }: UnitOfWork,
  isKept: (request: PendingRequest) => boolean,
  end: (request: PendingRequest) => RequestsEffect,
): void {
  const pending: PendingRequest[] = [];
  for (const request of requests.pending) {
    if (isKept(request)) pending.push(request);
    else out.push(end(request));
  }
  requests.pending = pending;
}

const expire = (work: UnitOfWork): void =>
  endOthers(work, (request) => work.now < endOf(work.requests, request), expired);

/** The socket ends for good with `error`, which answers what was not sent and says nothing of the rest. */
function abandon(work: UnitOfWork, error: WireError): void {
  const message = `It is not known whether this was done: ${error.message}`.slice(0, LIMITS.textChars);
  work.requests.online = false;
  endOthers(
    work,
    () => false,
    ({ id, sentAt }) =>
      sentAt === null ? failed(id, error, 'unsent') : failed(id, { ...error, message }, 'unknown'),
  );
}

function handleRequest(work: UnitOfWork, event: RequestEvent): void {
  const { requests, out, now } = work;
  const { id, message } = event;
  const once = event.once === true || isOnce(message);
  if (once && !requests.online) {
    out.push(failed(id, notConnected(), 'unsent'));
    return;
  }
  if (requests.pending.length >= MAX_PENDING) {
    const error = wireError('RESOURCE_EXHAUSTED', `at most ${MAX_PENDING} requests may wait at a time`);
    out.push(failed(id, error, 'unsent'));
    return;
  }
  const timeout = event.timeout ?? REQUEST_TIMEOUT_MS;
  const retries = once ? 0 : (event.retries ?? REQUEST_RETRIES);
  const request: PendingRequest = {
    id,
    message,
    deadline: now + timeout,
    interval: timeout / (retries + 1),
    isOnce: once,
    triesLeft: retries + 1,
    sentAt: null,
    retryAt: null,
  };
  requests.pending.push(request);
  if (requests.online) send(work, request);
}

function send({ now, out }: UnitOfWork, request: PendingRequest): void {
  request.triesLeft = Math.max(0, request.triesLeft - 1);
  request.sentAt ??= now;
  request.retryAt = now + request.interval;
  out.push({ type: 'send', id: request.id, message: request.message });
}

/** On a fresh socket everything without an outcome goes out, in the order it was asked, whatever its tries. */
function handleOnline(work: UnitOfWork): void {
  const { requests, now, out } = work;
  if (requests.online) return;
  requests.online = true;
  const pending: PendingRequest[] = [];
  for (const request of requests.pending) {
    // Its answer went to the socket before, and to ask for it again is too late.
    if (!mayRepeat(request, now)) out.push(expired(request));
    else {
      send(work, request);
      pending.push(request);
    }
  }
  requests.pending = pending;
}

function handleOffline(work: UnitOfWork): void {
  const why = `It is not known whether this was done: the connection was lost. ${CHECK}`;
  work.requests.online = false;
  endOthers(
    work,
    (request) => !request.isOnce,
    ({ id }) => failed(id, wireError('SERVICE_UNAVAILABLE', why), 'unknown'),
  );
  for (const request of work.requests.pending) request.retryAt = null;
}

function handleAck({ requests, out }: UnitOfWork, ack: Ack): void {
  const index = requests.pending.findIndex(({ id }) => id === ack.messageId);
  if (index === -1) return;
  requests.pending.splice(index, 1);
  out.push({ type: 'done', ack });
}

function repeatDue(work: UnitOfWork): void {
  const { requests, now } = work;
  for (const request of requests.pending) {
    const isDue = request.triesLeft > 0 && request.retryAt !== null && now >= request.retryAt;
    if (!requests.online || !isDue) continue;
    // Too late to ask again: the answer may still come on this socket.
    if (mayRepeat(request, now)) send(work, request);
    else request.retryAt = null;
  }
}
