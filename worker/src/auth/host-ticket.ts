import type { HostId, TeamId } from '@muster/protocol';
import { TOKEN_KINDS } from './token-kinds.ts';
import { signingKey, signToken, verifyToken } from './tokens.ts';

/** A dial brings it, and its answer may bring the next. */
export const TICKET_HEADER = 'muster-ticket';

interface Holder {
  readonly team: TeamId;
  readonly hostId: HostId;
}

interface Ticket {
  /** The public key of the host when it was let in, `x`. */
  readonly key: string;
  /** Half of its time is over. */
  readonly isOld: boolean;
}

/** X14: the ticket that this host was given by this server, checked without a call; null: it brings none that is good. */
export async function readTicket(
  request: Request,
  signing: string,
  { team, hostId }: Holder,
  now: number,
): Promise<Ticket | null> {
  const text = request.headers.get(TICKET_HEADER);
  if (text === null) return null;
  const verified = await verifyToken(signingKey(signing), 'ticket', text, now);
  if (!verified.ok) return null;
  const { body, expiresAt } = verified.value;
  if (body.team !== team || body.sub !== hostId) return null;
  return { key: body.key, isOld: expiresAt - now < TOKEN_KINDS.ticket.lifetime / 2 };
}

/** The ticket that an admitted host presents from now on. */
export async function newTicket(
  signing: string,
  { team, hostId }: Holder,
  key: string,
  now: number,
): Promise<string> {
  return (await signToken(signingKey(signing), 'ticket', { sub: hostId, team, key }, now)).token;
}
