import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionOptions,
  connectionDeadline,
  handleConnection,
  handleRequests,
  newConnection,
  noRequests,
  type RequestsEvent,
  requestsDeadline,
  VIEWER_CONNECTION,
} from '@muster/client/sync';
import type { ViewerMessage, WireError } from '@muster/protocol';
import { wireError } from '@muster/protocol';
import { earliest } from '../socket/deadlines.ts';
import { answer, refuse } from './replies.ts';
import type { Link, LinkKey, Target, UnitOfWork } from './types.ts';

/** While the lobby lists an agent its room is to be had, whatever a socket of it was closed for. */
const ROOM_OPTIONS: ConnectionOptions = { ...VIEWER_CONNECTION, actionOnClose: () => 'retry' };

export function newLink(key: LinkKey, to: Target): Link {
  return { key, to, connection: newConnection(), requests: noRequests(), requestIds: new Map(), error: null };
}

export const isOpen = ({ connection }: Link): boolean => connection.phase.name === 'open';
export const isRefused = ({ connection }: Link): boolean => connection.phase.name === 'refused';

const OWN_PREFIX = 'door:';

/** The id of a request of the gateway's own. */
export const ownId = (work: UnitOfWork): string => `${OWN_PREFIX}${work.freshId()}`;

/** The client's id of this request; undefined: the client gave none. */
export const clientIdOf = (id: string | undefined): string | undefined =>
  id?.startsWith(OWN_PREFIX) === true ? undefined : id;

/** Hands an event to the link's connection, and does what follows from it. */
export function stepConnection(work: UnitOfWork, link: Link, event: ConnectionEvent): void {
  const { now } = work;
  const options = link.to.type === 'lobby' ? VIEWER_CONNECTION : ROOM_OPTIONS;
  const context = { now, serverNow: now, random: () => work.random(), options };
  for (const effect of handleConnection(link.connection, event, context)) perform(work, link, effect);
}

function perform(work: UnitOfWork, link: Link, effect: ConnectionEffect): void {
  const { key, to } = link;
  const { phase, clientId } = work.gateway;
  switch (effect.type) {
    case 'dial':
      link.error = null;
      if (phase.name === 'open') work.out.push({ type: 'dial', key, to, claims: phase.claims, clientId });
      return;
    case 'hang-up':
    case 'ping':
      work.out.push({ type: effect.type, key });
      return;
    case 'opened':
      return stepLinkRequests(work, link, { type: 'online' });
    case 'lost':
      return stepLinkRequests(work, link, { type: 'offline' });
    case 'rejected': {
      const error =
        link.error ?? wireError('SERVICE_UNAVAILABLE', 'the connection inside the server was lost');
      return stepLinkRequests(work, link, { type: 'abandon', error });
    }
    default:
      // The sockets inside the server bring no token, and nobody is shown them.
      return;
  }
}

/** The object let us in. */
export const handleOpened = (work: UnitOfWork, link: Link): void =>
  stepConnection(work, link, { type: 'opened', dial: link.connection.dial });

/** Any text or bytes are a sign of life. */
export const recordActivity = (work: UnitOfWork, link: Link): void =>
  stepConnection(work, link, { type: 'received', dial: link.connection.dial, isMessage: true });

export const handleLost = (work: UnitOfWork, link: Link, code: number): void =>
  stepConnection(work, link, { type: 'lost', dial: link.connection.dial, code });

/** I1: sends it under the client's own id, so that a repeat of the client is a repeat to the object. */
export function sendRequest(
  work: UnitOfWork,
  link: Link,
  message: ViewerMessage,
  clientId: string | undefined,
): void {
  const id = clientId ?? ownId(work);
  link.requestIds.set(id, { id: clientId });
  if (isRefused(link)) {
    link.requestIds.delete(id);
    const error = link.error ?? wireError('SERVICE_UNAVAILABLE', 'the agent cannot be reached');
    return refuse(work, clientId, error);
  }
  stepLinkRequests(work, link, { type: 'request', id, message });
}

export function stepLinkRequests(work: UnitOfWork, link: Link, event: RequestsEvent): void {
  for (const effect of handleRequests(link.requests, event, work)) {
    if (effect.type === 'send')
      work.out.push({ type: 'send', key: link.key, message: effect.message, id: effect.id });
    else if (effect.type === 'done') {
      const { messageId, ...ack } = effect.ack;
      completeRequest(work, link, messageId, (id) => answer(work, id, ack));
    } else completeRequest(work, link, effect.id, (id) => refuse(work, id, effect.error));
  }
}

function completeRequest(
  work: UnitOfWork,
  link: Link,
  id: string,
  respond: (clientId: string | undefined) => void,
): void {
  const request = link.requestIds.get(id);
  link.requestIds.delete(id);
  if (request !== undefined && work.gateway.phase.name === 'open') respond(request.id);
}

/** When `tickLink` has something to do, ms; null: never. */
export const deadlineOf = (link: Link): number | null =>
  earliest([requestsDeadline(link.requests), connectionDeadline(link.connection)]);

/** H1, M9: the deadlines of a link. */
export function tickLink(work: UnitOfWork, link: Link): void {
  stepLinkRequests(work, link, { type: 'tick' });
  stepConnection(work, link, { type: 'tick' });
}

/** Whether this error ends the client too: the token is what all links have in common. */
export function isAuthError(error: WireError): boolean {
  return error.code === 'AUTH_FAILED' || error.code === 'TOKEN_EXPIRED';
}
