import {
  type Ack,
  INPUT_FEATURE,
  type ServerMessage,
  type ServerPayload,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  connectionDeadline,
  handleConnection,
  newConnection,
  offersManual,
} from '../connection/index.ts';
import { earliest } from '../earliest.ts';
import { closeError } from '../failure.ts';
import { handleRequests, noRequests, type RequestsEvent, requestsDeadline } from '../requests/requests.ts';
import type { ConnectionState } from '../types.ts';
import type { Channel, ChannelContext, ChannelEffect, ChannelEvent } from './types.ts';

/** One event on its way through the core. */
interface UnitOfWork extends ChannelContext {
  readonly channel: Channel;
  readonly out: ChannelEffect[];
}

export const newChannel = (): Channel => ({
  connection: newConnection(),
  requests: noRequests(),
  askedAt: new Map(),
  renewal: null,
  transport: 'socket',
  ack: null,
  error: null,
  shown: { name: 'connecting' },
});

/** One thing that happened to a channel, and what is to be done for it, in order. */
export function handleChannel(
  channel: Channel,
  event: ChannelEvent,
  context: ChannelContext,
): readonly ChannelEffect[] {
  const work: UnitOfWork = { ...context, channel, out: [] };
  switch (event.type) {
    case 'message':
      handleMessage(work, event.message, event.correlationId);
      break;
    case 'request':
      handleRequest(work, event);
      break;
    case 'new-token':
      handleNewToken(work, event.token);
      break;
    case 'no-token':
      stepConnection(work, { type: 'renewal-failed' });
      break;
    case 'tick':
    case 'wake':
      stepRequests(work, { type: 'tick' });
      stepConnection(work, event);
      break;
    default:
      stepConnection(work, event);
  }
  return work.out;
}

export const isOpen = ({ connection }: Channel): boolean => connection.phase.name === 'open';

/** False when it was closed or refused: another one is needed. */
export const isUsable = ({ shown }: Channel): boolean => shown.name !== 'disconnected';

/** Whether the server at the other end takes input frames, and this transport carries bytes. */
export const takesInputFrames = ({ transport, ack }: Channel): boolean =>
  transport === 'socket' && ack?.features.includes(INPUT_FEATURE) === true;

/** When `tick` has something to do, ms; null: never. */
export const channelDeadline = ({ connection, requests }: Channel): number | null =>
  earliest([connectionDeadline(connection), requestsDeadline(requests)]);

function stepConnection(work: UnitOfWork, event: ConnectionEvent): void {
  for (const effect of handleConnection(work.channel.connection, event, work)) perform(work, effect);
}

function perform(work: UnitOfWork, effect: ConnectionEffect): void {
  const { channel, out } = work;
  switch (effect.type) {
    case 'get-token':
      out.push(effect);
      return;
    case 'dial':
      return dial(work, effect.dial, effect.token);
    case 'hang-up':
    case 'ping':
      out.push({ type: effect.type });
      return;
    case 'renew':
      out.push({ type: 'renew-token' });
      return;
    case 'opened':
      stepRequests(work, { type: 'online' });
      if (channel.ack !== null) out.push({ type: 'opened', ack: channel.ack });
      return;
    case 'lost':
      stepRequests(work, { type: 'offline' });
      out.push({ type: 'lost' });
      return;
    case 'unreachable':
      out.push({ type: 'unreachable', transport: channel.transport });
      return;
    case 'changed':
      return handleChange(work);
    case 'rejected':
    case 'closed':
    case 'close-socket':
      // What is shown says it, and nothing is sent that would have to leave before a close.
      return;
  }
}

function dial({ channel, transport, options, out }: UnitOfWork, current: number, token: string | null): void {
  channel.error = null;
  channel.transport = transport;
  // A poll brings the token with each request.
  const byMessage = options.freshToken === 'each-dial' && transport === 'socket';
  out.push({ type: 'dial', dial: current, transport, token: byMessage ? token : null });
}

function handleChange(work: UnitOfWork): void {
  const { channel, out } = work;
  const shown = describe(work);
  channel.shown = shown;
  if (shown.name === 'disconnected') {
    const closed = wireError('SERVICE_UNAVAILABLE', 'the connection was closed');
    stepRequests(work, { type: 'abandon', error: shown.error ?? closed });
  }
  out.push({ type: 'changed' });
}

/** M9: what a person is shown, by this machine's clock. */
function describe({ channel, now, wall }: UnitOfWork): ConnectionState {
  const { connection, transport, error } = channel;
  const { phase, tries: attempt } = connection;
  const reconnecting = (at: number): ConnectionState => {
    const retryAt = Math.round(at - now + wall);
    return { name: 'reconnecting', attempt, retryAt, manual: offersManual(connection) };
  };
  switch (phase.name) {
    case 'open':
      return { name: 'connected', since: wall, ...(transport === 'poll' ? { polling: true } : {}) };
    case 'idle':
      return { name: 'connecting' };
    case 'dialling':
      return attempt === 0 ? { name: 'connecting' } : reconnecting(phase.since);
    case 'waiting':
      return reconnecting(phase.retryAt);
    case 'closing':
    case 'closed':
      return { name: 'disconnected', reason: 'closed' };
    case 'refused':
      return {
        name: 'disconnected',
        reason: 'refused',
        code: phase.code,
        error: error ?? closeError(phase.code),
      };
  }
}

function handleMessage(work: UnitOfWork, message: ServerMessage, correlationId: string | undefined): void {
  const { channel, out } = work;
  if (message.type === 'connection:ack' && channel.connection.phase.name === 'dialling')
    return handleWelcome(work, message.payload);
  if (message.type === 'ack') stepRequests(work, { type: 'ack', ack: message.payload });
  else if (message.type === 'auth:expiring')
    stepConnection(work, { type: 'token-expiring', expiresAt: message.payload.expiresAt });
  else if (message.type === 'error' && correlationId === undefined) {
    // The ack of the same request reports an error to the caller.
    channel.error = message.payload;
    out.push({ type: 'fault', error: message.payload });
  }
  out.push({ type: 'message', message });
}

function handleWelcome(work: UnitOfWork, ack: ServerPayload<'connection:ack'>): void {
  const { channel } = work;
  channel.ack = ack;
  const { dial: current } = channel.connection;
  stepConnection(work, { type: 'opened', dial: current, tokenExpiresAt: ack.tokenExpiresAt });
}

function handleRequest(work: UnitOfWork, event: ChannelEvent & { type: 'request' }): void {
  const { shown } = work.channel;
  if (shown.name !== 'disconnected') return stepRequests(work, event);
  const error = shown.error ?? wireError('SERVICE_UNAVAILABLE', 'the connection is closed');
  work.out.push({ type: 'failed', id: event.id, error, outcome: 'unsent' });
}

/** M11: in-band, so that no socket is dropped for a token that ended. */
function handleNewToken(work: UnitOfWork, token: string): void {
  const id = work.freshId();
  work.channel.renewal = id;
  handleRequest(work, { type: 'request', id, message: { type: 'auth:refresh', payload: { token } } });
}

function stepRequests(work: UnitOfWork, event: RequestsEvent): void {
  for (const effect of handleRequests(work.channel.requests, event, work)) {
    if (effect.type === 'send') sendRequest(work, effect.id, effect.message);
    else if (effect.type === 'failed') fail(work, effect.id, effect.error, effect.outcome);
    else finish(work, effect.ack);
  }
}

function sendRequest({ channel, serverTime, out }: UnitOfWork, id: string, message: ViewerMessage): void {
  const askedAt = channel.askedAt.get(id) ?? serverTime ?? undefined;
  if (askedAt !== undefined) channel.askedAt.set(id, askedAt);
  out.push({ type: 'send', message, id, askedAt });
}

function finish(work: UnitOfWork, ack: Ack): void {
  const { channel, out } = work;
  const id = ack.messageId;
  if (!ack.success)
    return fail(work, id, ack.error ?? wireError('INTERNAL_ERROR', 'the request failed'), undefined);
  channel.askedAt.delete(id);
  if (id !== channel.renewal) out.push({ type: 'done', id, ack });
  else {
    channel.renewal = null;
    stepConnection(work, { type: 'token-renewed' });
  }
}

function fail(
  work: UnitOfWork,
  id: string,
  error: WireError,
  outcome: (ChannelEffect & { type: 'failed' })['outcome'],
): void {
  const { channel, out } = work;
  channel.askedAt.delete(id);
  if (id !== channel.renewal) out.push({ type: 'failed', id, error, outcome });
  else {
    channel.renewal = null;
    stepConnection(work, { type: 'renewal-failed' });
  }
}
