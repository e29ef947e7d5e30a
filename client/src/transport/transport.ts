/**
 * M10: how the next dial goes. `socket`: as it should be; `poll`: a socket made of requests, where sockets cannot be had
 * though the server answers.
 */
export type Transport = 'socket' | 'poll';

/** Sockets in a row that came to nothing before it is asked whether the server answers at all. */
export const SOCKET_FAILURES = 3;

export interface TransportState {
  /** Sockets in a row that never let us in, over all links of a client. */
  readonly failed: number;
  /** `tried`: the server answers, so a poll is worth a dial; `yes`: it let us in that way. */
  readonly polling: 'no' | 'tried' | 'yes';
}

export const SOCKETS: TransportState = { failed: 0, polling: 'no' };

export const transportOf = ({ polling }: TransportState): Transport => (polling === 'no' ? 'socket' : 'poll');

/** Whether to find out if the server answers requests: if it does not, it is away, and that says nothing of sockets. */
export const shouldProbeServer = ({ failed, polling }: TransportState): boolean =>
  polling === 'no' && failed >= SOCKET_FAILURES;

export type TransportEvent =
  /** The server let us in. */
  | { readonly type: 'opened'; readonly transport: Transport }
  /** A dial came to nothing, and no word from the server told why. */
  | { readonly type: 'failed'; readonly transport: Transport }
  /** The server answers requests. */
  | { readonly type: 'answers' }
  /** A socket that was only tried works, or all is to begin anew. */
  | { readonly type: 'found' };

export function stepTransport(state: TransportState, event: TransportEvent): TransportState {
  switch (event.type) {
    case 'opened':
      if (event.transport === 'poll') return { failed: 0, polling: 'yes' };
      // One that was under way when the others gave up: the rest follow when they are lost.
      return SOCKETS;
    case 'failed':
      if (event.transport === 'socket') return { ...state, failed: state.failed + 1 };
      // A client that polls already goes on: the server is away, and sockets are tried in the background.
      return state.polling === 'yes' ? state : SOCKETS;
    case 'answers':
      return shouldProbeServer(state) ? { ...state, polling: 'tried' } : state;
    case 'found':
      return SOCKETS;
  }
}
