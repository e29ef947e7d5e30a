import { type Ack, type ViewerMessage, type WireError, wireError } from '@muster/protocol';

/**
 * I1: each request has one id for its whole life and exactly one outcome. It is sent again under that id
 * until an ack comes, its tries are used up or its time is over. Times: ms.
 */
export const REQUEST_TIMEOUT_MS = 30_000;
export const REQUEST_RETRIES = 3;
/** Requests that may wait for their outcome on one socket; more are refused. */
export const MAX_PENDING = 1_000;

export interface PendingRequest {
  readonly id: string;
  readonly message: ViewerMessage;
  readonly deadline: number;
  /** Between two tries. */
  readonly interval: number;
  readonly triesLeft: number;
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
  | { readonly type: 'failed'; readonly id: string; readonly error: WireError };

export interface RequestsStep {
  readonly state: RequestsState;
  readonly outputs: readonly RequestsOutput[];
}

/**
 * What is for this socket alone is sent once and not kept for the next: input, which may not reach a program
 * twice (I2), and what is about the socket itself.
 */
function isOnce({ type }: ViewerMessage): boolean {
  return (
    type === 'agent:input' || type === 'subscribe:agent' || type === 'unsubscribe' || type === 'auth:refresh'
  );
}

export function stepRequests(state: RequestsState, input: RequestsInput, now: number): RequestsStep {
  switch (input.type) {
    case 'request':
      return onRequest(state, input, now);
    case 'online':
      return state.online ? { state, outputs: [] } : sendAll({ ...state, online: true }, now);
    case 'offline':
      return onOffline(state);
    case 'ack':
      return onAck(state, input.ack);
    case 'tick':
      return onTick(state, now);
    case 'abandon':
      return {
        state: { online: false, pending: [] },
        outputs: state.pending.map(({ id }) => failed(id, input.error)),
      };
  }
}

/** When `tick` has something to do, ms; null: never. */
export function requestsDeadline(state: RequestsState): number | null {
  const times = state.pending.map((request) =>
    state.online && request.triesLeft > 0 && request.retryAt !== null
      ? Math.min(request.deadline, request.retryAt)
      : request.deadline,
  );
  return times.length === 0 ? null : Math.min(...times);
}

const failed = (id: string, error: WireError): RequestsOutput => ({ type: 'failed', id, error });
const notConnected = () =>
  wireError(
    'SERVICE_UNAVAILABLE',
    'Not sent: there is no connection to the server, and this is not kept for later',
  );

function onRequest(
  state: RequestsState,
  input: RequestsInput & { type: 'request' },
  now: number,
): RequestsStep {
  const { id, message } = input;
  if (isOnce(message) && !state.online) return { state, outputs: [failed(id, notConnected())] };
  if (state.pending.length >= MAX_PENDING) {
    const error = wireError('RESOURCE_EXHAUSTED', `at most ${MAX_PENDING} requests may wait at a time`);
    return { state, outputs: [failed(id, error)] };
  }
  const timeout = input.timeout ?? REQUEST_TIMEOUT_MS;
  const retries = isOnce(message) ? 0 : (input.retries ?? REQUEST_RETRIES);
  const request: PendingRequest = {
    id,
    message,
    deadline: now + timeout,
    interval: timeout / (retries + 1),
    triesLeft: retries + 1,
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
  const { id, message, interval, triesLeft } = request;
  return {
    sent: { ...request, triesLeft: Math.max(0, triesLeft - 1), retryAt: now + interval },
    output: { type: 'send', id, message },
  };
}

/** On a fresh socket everything without an outcome goes out, in the order it was asked, whatever its tries. */
function sendAll(state: RequestsState, now: number): RequestsStep {
  const outputs: RequestsOutput[] = [];
  const pending = state.pending.map((request) => {
    const { sent, output } = send(request, now);
    outputs.push(output);
    return sent;
  });
  return { state: { ...state, pending }, outputs };
}

function onOffline(state: RequestsState): RequestsStep {
  const lost = state.pending.filter(({ message }) => isOnce(message));
  const pending = state.pending
    .filter(({ message }) => !isOnce(message))
    .map((request) => ({ ...request, retryAt: null }));
  return {
    state: { online: false, pending },
    outputs: lost.map(({ id }) =>
      failed(id, wireError('SERVICE_UNAVAILABLE', 'the connection was lost: it may not have arrived')),
    ),
  };
}

function onAck(state: RequestsState, ack: Ack): RequestsStep {
  if (!state.pending.some(({ id }) => id === ack.messageId)) return { state, outputs: [] };
  const pending = state.pending.filter(({ id }) => id !== ack.messageId);
  return { state: { ...state, pending }, outputs: [{ type: 'done', ack }] };
}

function onTick(state: RequestsState, now: number): RequestsStep {
  const outputs: RequestsOutput[] = [];
  const pending: PendingRequest[] = [];
  for (const request of state.pending) {
    if (now >= request.deadline) {
      outputs.push(
        failed(
          request.id,
          wireError('COMMAND_TIMEOUT', 'The server did not answer in time; it may have been done'),
        ),
      );
    } else if (state.online && request.triesLeft > 0 && request.retryAt !== null && now >= request.retryAt) {
      const { sent, output } = send(request, now);
      outputs.push(output);
      pending.push(sent);
    } else pending.push(request);
  }
  return { state: { ...state, pending }, outputs };
}
