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
import { answer, refuse } from './say.ts';
import type { Link, LinkKey, Target, Turn } from './types.ts';

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
    asked: new Map(),
    error: null,
  };
}

export function dial(turn: Turn, link: Link, to: Target): void {
  const { phase } = turn.door;
  if (phase.name !== 'open') return;
  link.error = null;
  link.live = alive(turn.now);
  turn.out.push({ type: 'dial', key: link.key, to, claims: phase.claims, clientId: turn.door.clientId });
}

const OWN = 'door:';

/** What the door itself asks goes under such an id. */
export const ownId = (turn: Turn): string => `${OWN}${turn.freshId()}`;

/** What the client calls the request of this id; nothing, where it had no name for it. */
export const clientIdOf = (id: string | undefined): string | undefined =>
  id?.startsWith(OWN) === true ? undefined : id;

/** The object let us in. */
export function opened(turn: Turn, link: Link): void {
  link.state = stepLink(link.state, { type: 'opened' }, turn.now);
  link.live = alive(turn.now);
  stepOf(turn, link, { type: 'online' });
}

/** The socket is gone; the next try is `tick`'s. `again`: whatever the code says. */
export function lost(turn: Turn, link: Link, code: number, again = false): void {
  const event: LinkEvent = { type: 'lost', code, random: turn.random(), again };
  link.state = stepLink(link.state, event, turn.now);
  if (link.state.name !== 'refused') return stepOf(turn, link, { type: 'offline' });
  const error = link.error ?? wireError('SERVICE_UNAVAILABLE', 'the connection inside the server was lost');
  stepOf(turn, link, { type: 'abandon', error });
}

/** Gives a socket up that cannot go on as it is. */
export function drop(turn: Turn, link: Link): void {
  turn.out.push({ type: 'hang-up', key: link.key });
  lost(turn, link, NO_CLOSE);
}

export function hearing(turn: Turn, link: Link): void {
  link.live = messageReceived(link.live, turn.now);
}

/** I1: sends it under the client's own id, so that a repeat of the client is a repeat to the object. */
export function ask(turn: Turn, link: Link, message: ViewerMessage, clientId: string | undefined): void {
  const id = clientId ?? ownId(turn);
  link.asked.set(id, { id: clientId });
  if (link.state.name === 'refused') {
    link.asked.delete(id);
    const error = link.error ?? wireError('SERVICE_UNAVAILABLE', 'the agent cannot be reached');
    return refuse(turn, clientId, error);
  }
  stepOf(turn, link, { type: 'request', id, message });
}

export function stepOf(turn: Turn, link: Link, input: RequestsInput): void {
  const { state, outputs } = stepRequests(link.requests, input, turn.now);
  link.requests = state;
  for (const output of outputs) {
    if (output.type === 'send')
      turn.out.push({ type: 'send', key: link.key, message: output.message, id: output.id });
    else if (output.type === 'done') {
      const { messageId, ...ack } = output.ack;
      settle(turn, link, messageId, (id) => answer(turn, id, ack));
    } else settle(turn, link, output.id, (id) => refuse(turn, id, output.error));
  }
}

function settle(turn: Turn, link: Link, id: string, tell: (clientId: string | undefined) => void): void {
  const asked = link.asked.get(id);
  link.asked.delete(id);
  if (asked !== undefined && turn.door.phase.name === 'open') tell(asked.id);
}

/** When `tickOf` has something to do, ms; null: never. */
export function deadlineOf(link: Link): number | null {
  const requests = requestsDeadline(link.requests);
  const own = ownDeadline(link);
  return requests === null || own === null ? (requests ?? own) : Math.min(requests, own);
}

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
export function tickOf(turn: Turn, link: Link, to: Target): void {
  stepOf(turn, link, { type: 'tick' });
  const own = ownDeadline(link);
  if (own === null || turn.now < own) return;
  if (link.state.name === 'connecting') return drop(turn, link);
  if (link.state.name === 'waiting') {
    link.state = stepLink(link.state, { type: 'due' }, turn.now);
    return dial(turn, link, to);
  }
  const { state, act } = tickLiveness(link.live, turn.now);
  link.live = state;
  if (act === 'dead') drop(turn, link);
  else if (act === 'ping') turn.out.push({ type: 'ping', key: link.key });
}

/** Whether this error ends the client too: the token is what all links have in common. */
export function isAuthError(error: WireError): boolean {
  return error.code === 'AUTH_FAILED' || error.code === 'TOKEN_EXPIRED';
}
