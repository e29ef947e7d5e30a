import {
  SOCKETS,
  shouldProbeServer,
  stepTransport,
  type Transport,
  type TransportEvent,
  type TransportState,
} from './transport.ts';

/** How often a client that polls tries whether sockets can be had again, ms. */
export const SOCKET_PROBE_INTERVAL_MS = 30_000;
/** How long such a try may take, ms. */
const PROBE_TIMEOUT_MS = 10_000;

/** M10: sockets where they can be had, long polls where not, for all channels of a client. */
export interface TransportSelection {
  choice: TransportState;
  /** The server was asked whether it answers requests. */
  isAsking: boolean;
  /** A socket is only tried. */
  isProbing: boolean;
  /** When the next try begins, or this one is given up, ms; null: none is due. */
  deadline: number | null;
}

export type SelectionEvent =
  /** A dial let us in. */
  | { readonly type: 'opened'; readonly transport: Transport }
  /** A dial came to nothing, without a word from the server. */
  | { readonly type: 'failed'; readonly transport: Transport }
  /** Answers `ask-server`. */
  | { readonly type: 'server-asked'; readonly answered: boolean }
  /** A message came through the socket of `probe`: some proxies let sockets open and pass nothing. */
  | { readonly type: 'probe-answered' }
  | { readonly type: 'tick' }
  | { readonly type: 'close' };

export type SelectionEffect =
  /** Find out whether the server answers requests at all. */
  | { readonly type: 'ask-server' }
  /** Try a socket beside the polls. */
  | { readonly type: 'probe' }
  | { readonly type: 'drop-probe' }
  /** Sockets can be had again: all polls end as if the server had closed them. */
  | { readonly type: 'retire-polls' };

interface UnitOfWork {
  readonly selection: TransportSelection;
  readonly now: number;
  readonly out: SelectionEffect[];
}

export const newSelection = (): TransportSelection => ({
  choice: SOCKETS,
  isAsking: false,
  isProbing: false,
  deadline: null,
});

export function handleTransport(
  selection: TransportSelection,
  event: SelectionEvent,
  { now }: { readonly now: number },
): readonly SelectionEffect[] {
  const work: UnitOfWork = { selection, now, out: [] };
  switch (event.type) {
    case 'opened':
      choose(work, event);
      break;
    case 'failed':
      handleFailure(work, event);
      break;
    case 'server-asked':
      selection.isAsking = false;
      if (event.answered) choose(work, { type: 'answers' });
      break;
    case 'probe-answered':
      choose(work, { type: 'found' });
      work.out.push({ type: 'retire-polls' });
      break;
    case 'tick':
      handleTick(work);
      break;
    case 'close':
      choose(work, { type: 'found' });
  }
  return work.out;
}

function choose(work: UnitOfWork, event: TransportEvent): void {
  const { selection, now } = work;
  const before = selection.choice.polling;
  selection.choice = stepTransport(selection.choice, event);
  const { polling } = selection.choice;
  if (polling === before) return;
  dropProbe(work);
  selection.deadline = polling === 'yes' ? now + SOCKET_PROBE_INTERVAL_MS : null;
}

function handleFailure(work: UnitOfWork, event: SelectionEvent & { type: 'failed' }): void {
  const { selection, out } = work;
  choose(work, event);
  if (selection.isAsking || !shouldProbeServer(selection.choice)) return;
  selection.isAsking = true;
  out.push({ type: 'ask-server' });
}

function handleTick(work: UnitOfWork): void {
  const { selection, now, out } = work;
  if (selection.deadline === null || now < selection.deadline) return;
  if (selection.isProbing) {
    dropProbe(work);
    selection.deadline = now + SOCKET_PROBE_INTERVAL_MS;
    return;
  }
  selection.isProbing = true;
  selection.deadline = now + PROBE_TIMEOUT_MS;
  out.push({ type: 'probe' });
}

function dropProbe({ selection, out }: UnitOfWork): void {
  if (selection.isProbing) out.push({ type: 'drop-probe' });
  selection.isProbing = false;
}
