import {
  alive,
  DIALLING,
  type LinkEvent,
  livenessDeadline,
  messageReceived,
  NO_REQUESTS,
  type RequestsInput,
  requestsDeadline,
  stepLink,
  stepRequests,
  tickLiveness,
} from '@muster/client/sync';
import type { ViewerMessage, WireError } from '@muster/protocol';
import { wireError } from '@muster/protocol';
import { earliest } from '../socket/deadlines.ts';
import { answer, refuse } from './replies.ts';
import type { Link, LinkKey, Target, UnitOfWork } from './types.ts';

/** From the dial to `connection:ack`, ms. */
const HANDSHAKE_MS = 10_000;
/** The socket just went away. */
export const NO_CLOSE = 1006;

export function newLink(key: LinkKey, now: number): Link {
  return {
    key,
    state: DIALLING,
    live: alive(now),
    requests: NO_REQUESTS,
    requestIds: new Map(),
    error: null,
  };
}

export function dial(work: UnitOfWork, link: Link, to: Target): void {
  const { phase } = work.gateway;
  if (phase.name !== 'open') return;
  link.error = null;
  link.live = alive(work.now);
  work.out.push({ type: 'dial', key: link.key, to, claims: phase.claims, clientId: work.gateway.clientId });
}

const OWN_PREFIX = 'door:';

/** The id of a request of the gateway's own. */
export const ownId = (work: UnitOfWork): string => `${OWN_PREFIX}${work.freshId()}`;

/** The client's id of this request; undefined: the client gave none. */
export const clientIdOf = (id: string | undefined): string | undefined =>
  id?.startsWith(OWN_PREFIX) === true ? undefined : id;

/** The object let us in. */
export function handleOpened(work: UnitOfWork, link: Link): void {
  link.state = stepLink(link.state, { type: 'opened' }, work.now);
  link.live = alive(work.now);
  stepLinkRequests(work, link, { type: 'online' });
}

/** The socket closed; `tickLink` dials again. `again`: whatever the close code is. */
export function handleLost(work: UnitOfWork, link: Link, code: number, again = false): void {
  const event: LinkEvent = { type: 'lost', code, random: work.random(), again };
  link.state = stepLink(link.state, event, work.now);
  if (link.state.name !== 'refused') return stepLinkRequests(work, link, { type: 'offline' });
  const error = link.error ?? wireError('SERVICE_UNAVAILABLE', 'the connection inside the server was lost');
  stepLinkRequests(work, link, { type: 'abandon', error });
}

/** Gives a socket up that cannot go on as it is. */
export function dropLink(work: UnitOfWork, link: Link): void {
  work.out.push({ type: 'hang-up', key: link.key });
  handleLost(work, link, NO_CLOSE);
}

export function recordActivity(work: UnitOfWork, link: Link): void {
  link.live = messageReceived(link.live, work.now);
}

/** I1: sends it under the client's own id, so that a repeat of the client is a repeat to the object. */
export function sendRequest(
  work: UnitOfWork,
  link: Link,
  message: ViewerMessage,
  clientId: string | undefined,
): void {
  const id = clientId ?? ownId(work);
  link.requestIds.set(id, { id: clientId });
  if (link.state.name === 'refused') {
    link.requestIds.delete(id);
    const error = link.error ?? wireError('SERVICE_UNAVAILABLE', 'the agent cannot be reached');
    return refuse(work, clientId, error);
  }
  stepLinkRequests(work, link, { type: 'request', id, message });
}

export function stepLinkRequests(work: UnitOfWork, link: Link, input: RequestsInput): void {
  const { state, outputs } = stepRequests(link.requests, input, work.now);
  link.requests = state;
  for (const output of outputs) {
    if (output.type === 'send')
      work.out.push({ type: 'send', key: link.key, message: output.message, id: output.id });
    else if (output.type === 'done') {
      const { messageId, ...ack } = output.ack;
      completeRequest(work, link, messageId, (id) => answer(work, id, ack));
    } else completeRequest(work, link, output.id, (id) => refuse(work, id, output.error));
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

/** When `tickOf` has something to do, ms; null: never. */
export const deadlineOf = (link: Link): number | null =>
  earliest([requestsDeadline(link.requests), ownDeadline(link)]);

function ownDeadline({ state, live }: Link): number | null {
  switch (state.name) {
    case 'connecting':
      return live.heardAt + HANDSHAKE_MS;
    case 'waiting':
      return state.retryAt;
    case 'connected':
      return livenessDeadline(live);
    default:
      return null;
  }
}

/** H1, M9: what time asks of a link. */
export function tickLink(work: UnitOfWork, link: Link, to: Target): void {
  stepLinkRequests(work, link, { type: 'tick' });
  const own = ownDeadline(link);
  if (own === null || work.now < own) return;
  if (link.state.name === 'connecting') return dropLink(work, link);
  if (link.state.name === 'waiting') {
    link.state = stepLink(link.state, { type: 'due' }, work.now);
    return dial(work, link, to);
  }
  const { state, act } = tickLiveness(link.live, work.now);
  link.live = state;
  if (act === 'dead') dropLink(work, link);
  else if (act === 'ping') work.out.push({ type: 'ping', key: link.key });
}

/** Whether this error ends the client too: the token is what all links have in common. */
export function isAuthError(error: WireError): boolean {
  return error.code === 'AUTH_FAILED' || error.code === 'TOKEN_EXPIRED';
}
