import { CLOSE, dialBackoff, slowDialBackoff } from '@muster/protocol';
import { alive, isDead, livenessDeadline, pinged, probed, signOfLife } from './liveness.ts';
import type { Connection, ConnectionContext, ConnectionEffect, ConnectionEvent } from './types.ts';

/** M9: failed dials in a row after which a person is offered a button. */
export const MANUAL_AFTER = 5;
/** A connection that lasted less than this was none: a server that accepts and drops is not hammered. ms. */
export const STABLE_MS = 200;
/** No close frame came: the link just went away. */
export const NO_CLOSE = 1006;
/** M11: a token that could not be renewed is asked for again after this, ms. */
const RENEW_AGAIN_MS = 5_000;
/** M11: an expired connection may renew for so long, ms. */
const EXPIRY_GRACE_MS = 60_000;

/** One event on its way through the core. */
interface UnitOfWork extends ConnectionContext {
  readonly connection: Connection;
  readonly out: ConnectionEffect[];
}

export function newConnection(): Connection {
  return {
    phase: { name: 'idle' },
    dial: 0,
    tries: 0,
    failures: 0,
    isRetryPending: false,
    token: { expiresAt: Number.POSITIVE_INFINITY, renewBy: 0, renewAt: null },
  };
}

/** M9, H1, M11: one thing that happened to a connection, and what is to be done for it, in order. */
export function handleConnection(
  connection: Connection,
  event: ConnectionEvent,
  context: ConnectionContext,
): readonly ConnectionEffect[] {
  const work: UnitOfWork = { ...context, connection, out: [] };
  const isLate = 'dial' in event && event.dial !== connection.dial;
  if (!isLate) dispatch(work, event);
  return work.out;
}

function dispatch(work: UnitOfWork, event: ConnectionEvent): void {
  switch (event.type) {
    case 'start':
      if (work.connection.phase.name === 'idle') dial(work);
      return;
    case 'token':
      if (work.connection.phase.name === 'dialling')
        work.out.push({ type: 'dial', dial: event.dial, token: event.token });
      return;
    case 'opened':
      return handleOpened(work, event.tokenExpiresAt);
    case 'received':
      return handleReceived(work, event.isMessage);
    case 'lost':
      return handleLost(work, event.code, event.reason);
    case 'tick':
      return handleTick(work);
    case 'retry':
      return handleRetry(work);
    case 'wake':
      return handleWake(work);
    case 'drop':
      return drop(work);
    case 'close':
      return handleClose(work, event.withinMs);
    case 'token-expiring':
      work.connection.token.renewBy = event.expiresAt;
      if (work.options.freshToken !== 'never') work.out.push({ type: 'renew' });
      return;
    case 'token-renewed':
      // The server will say when the new one ends.
      work.connection.token.expiresAt = Number.POSITIVE_INFINITY;
      return;
    case 'renewal-failed':
      return handleRenewalFailed(work);
  }
}

/** When `tick` has something to do, ms; null: never. */
export function connectionDeadline({ phase, token }: Connection): number | null {
  switch (phase.name) {
    case 'dialling':
    case 'closing':
      return phase.deadline;
    case 'open':
      return Math.min(livenessDeadline(phase.liveness), token.renewAt ?? Number.POSITIVE_INFINITY);
    case 'waiting':
      return phase.retryAt;
    default:
      return null;
  }
}

/** M9: whether a person is offered a try at once beside the going-on retries. */
export const offersManual = ({ phase, failures }: Connection): boolean =>
  phase.name === 'waiting' && failures >= MANUAL_AFTER;

function dial({ connection, options, now, serverNow, out }: UnitOfWork): void {
  const hasExpired = connection.token.expiresAt <= serverNow;
  const isTokenFresh =
    options.freshToken === 'each-dial' || (options.freshToken === 'when-expired' && hasExpired);
  const isFirst = connection.phase.name === 'idle';
  connection.dial += 1;
  connection.isRetryPending = false;
  connection.phase = { name: 'dialling', since: now, deadline: now + options.handshakeMs, isTokenFresh };
  if (isTokenFresh) out.push({ type: 'get-token', dial: connection.dial });
  else out.push({ type: 'dial', dial: connection.dial, token: null });
  if (!isFirst) out.push({ type: 'changed' });
}

function handleOpened(work: UnitOfWork, tokenExpiresAt = Number.POSITIVE_INFINITY): void {
  const { connection, options, now, out } = work;
  if (connection.phase.name !== 'dialling') return;
  connection.phase = { name: 'open', since: now, isProven: false, liveness: alive(now, options) };
  connection.token.expiresAt = tokenExpiresAt;
  out.push({ type: 'changed' }, { type: 'opened' });
}

function handleReceived({ connection, now, options }: UnitOfWork, isMessage: boolean): void {
  const { phase } = connection;
  if (phase.name !== 'open') return;
  phase.liveness = signOfLife(phase.liveness, now);
  if (!isMessage) return;
  connection.isRetryPending = false;
  if (options.provenBy === 'message') phase.isProven = true;
}

/** `reason`: the server's word with the close. */
function handleLost(work: UnitOfWork, code: number, reason = ''): void {
  const { connection, options, out, now } = work;
  const { phase } = connection;
  if (phase.name === 'closing') {
    if (phase.wasOpen) out.push({ type: 'lost' });
    return finish(work, null);
  }
  if (phase.name !== 'dialling' && phase.name !== 'open') return;
  if (phase.name === 'dialling' && code === NO_CLOSE) out.push({ type: 'unreachable' });
  const isRenewable = options.freshToken !== 'never' && !(phase.name === 'dialling' && phase.isTokenFresh);
  const isMended = code === CLOSE.unauthenticated && isRenewable;
  if (isMended) connection.token.expiresAt = 0;
  const isProven = phase.name === 'open' && (phase.isProven || hasStood(work, phase.since));
  const action = isMended ? 'retry' : options.actionOnClose(code);
  connection.token.renewAt = null;
  if (phase.name === 'open') out.push({ type: 'lost' });
  if (action !== 'retry') out.push({ type: 'rejected', code, reason, action });
  if (action === 'end') return finish(work, code);
  if (action === 'wait' && connection.isRetryPending) return dial(work);
  if (action === 'wait') {
    connection.tries = 0;
    connection.failures = 0;
    connection.phase = { name: 'refused', code };
  } else {
    connection.tries = isProven ? 1 : connection.tries + 1;
    connection.failures = isProven ? 0 : connection.failures + 1;
    const random = work.random();
    const delay = action === 'retry' ? dialBackoff(connection.tries, random) : slowDialBackoff(random);
    connection.phase = { name: 'waiting', retryAt: now + delay };
  }
  out.push({ type: 'changed' });
}

const hasStood = ({ options, now }: UnitOfWork, since: number) =>
  options.provenBy === 'time' && now - since >= STABLE_MS;

function finish({ connection, out }: UnitOfWork, code: number | null): void {
  connection.phase = { name: 'closed', code };
  out.push({ type: 'closed' }, { type: 'changed' });
}

function drop(work: UnitOfWork): void {
  const { connection, out } = work;
  if (connection.phase.name !== 'dialling' && connection.phase.name !== 'open') return;
  out.push({ type: 'hang-up', dial: connection.dial });
  handleLost(work, NO_CLOSE);
}

function handleTick(work: UnitOfWork): void {
  const { connection, now, out } = work;
  const { phase, token } = connection;
  const deadline = connectionDeadline(connection);
  if (deadline === null || now < deadline) return;
  if (phase.name === 'waiting') return dial(work);
  if (phase.name === 'dialling') return drop(work);
  if (phase.name === 'closing') {
    out.push({ type: 'hang-up', dial: connection.dial });
    return handleLost(work, NO_CLOSE);
  }
  if (phase.name !== 'open') return;
  if (isDead(phase.liveness, now)) return drop(work);
  if (now >= phase.liveness.pingAt) {
    phase.liveness = pinged(phase.liveness, now, work.options);
    out.push({ type: 'ping' });
  }
  if (token.renewAt === null || now < token.renewAt) return;
  token.renewAt = null;
  out.push({ type: 'renew' });
}

function handleRetry(work: UnitOfWork): void {
  const { connection } = work;
  switch (connection.phase.name) {
    case 'idle':
    case 'waiting':
    case 'refused':
      return dial(work);
    case 'dialling':
      connection.isRetryPending = true;
      return;
    default:
      return;
  }
}

function handleWake(work: UnitOfWork): void {
  const { phase } = work.connection;
  if (phase.name === 'waiting') return dial(work);
  if (phase.name !== 'open') return;
  phase.liveness = probed(phase.liveness, work.now, work.options);
  work.out.push({ type: 'ping' });
}

function handleClose(work: UnitOfWork, withinMs: number): void {
  const { connection, now, out } = work;
  const { phase, dial: current } = connection;
  if (phase.name === 'closing' || phase.name === 'closed') return;
  const hasSocket = phase.name === 'dialling' || phase.name === 'open';
  const wasOpen = phase.name === 'open';
  if (hasSocket && withinMs > 0) {
    connection.phase = { name: 'closing', deadline: now + withinMs, wasOpen };
    out.push({ type: 'close-socket', dial: current, code: CLOSE.goingAway });
    return;
  }
  if (hasSocket) out.push({ type: 'hang-up', dial: current });
  if (wasOpen) out.push({ type: 'lost' });
  finish(work, null);
}

function handleRenewalFailed({ connection, now, serverNow }: UnitOfWork): void {
  const isInTime = serverNow + RENEW_AGAIN_MS < connection.token.renewBy + EXPIRY_GRACE_MS;
  if (connection.phase.name === 'open' && isInTime) connection.token.renewAt = now + RENEW_AGAIN_MS;
}
