import type { Liveness } from './liveness.ts';

/** One reconnecting socket. Times: ms of one clock that never goes back; only differences count. */
export interface Connection {
  phase: ConnectionPhase;
  /** The number of the newest dial, from 1; events of earlier dials are ignored. */
  dial: number;
  /** Which retry in a row comes next or is under way, from 1; 0: the first dial. */
  tries: number;
  /** Dials in a row that came to nothing. */
  failures: number;
  /** A retry was asked for while a dial was under way, which may bring what was current before. */
  isRetryPending: boolean;
  readonly token: TokenState;
}

/** M11. Ends are by the server's clock, ms since 1970. */
export interface TokenState {
  /** When the token that the next dial would bring ends; 0: it was refused. */
  expiresAt: number;
  /** When the token of the open socket ends, as `auth:expiring` told. */
  renewBy: number;
  /** When its renewal is tried again; null: nothing failed. */
  renewAt: number | null;
}

export type ConnectionPhase =
  | { readonly name: 'idle' }
  /** `isTokenFresh`: the token was made for this dial. If that one is refused, so will the next be. */
  | {
      readonly name: 'dialling';
      readonly since: number;
      readonly deadline: number;
      readonly isTokenFresh: boolean;
    }
  | { readonly name: 'open'; readonly since: number; isProven: boolean; liveness: Liveness }
  | { readonly name: 'waiting'; readonly retryAt: number }
  /** Dials again only when a retry is asked for. */
  | { readonly name: 'refused'; readonly code: number }
  /** Closed by us; what was sent is still on its way. */
  | { readonly name: 'closing'; readonly deadline: number; readonly wasOpen: boolean }
  /** Never dials again. `code`: the server said so. */
  | { readonly name: 'closed'; readonly code: number | null };

/**
 * What follows a close: the next dial by the backoff, a dial as rarely as retries ever come, none before a retry is asked
 * for, or never again.
 */
export type CloseAction = 'retry' | 'retry-rarely' | 'wait' | 'end';

/** How a connection differs from others. Durations: ms. */
export interface ConnectionOptions {
  /** From the dial to `opened`. */
  readonly handshakeMs: number;
  readonly pingEveryMs: number;
  /** H1: silence after which a socket is dead, whatever TCP says. */
  readonly deadAfterMs: number;
  /**
   * When a connection counts, so that the backoff begins anew. `time`: after `STABLE_MS`, where `opened` is the server's
   * own word. `message`: with its first message, where a socket opens before the server has judged it.
   */
  readonly provenBy: 'time' | 'message';
  /** Which dials bring a token that is made for them. */
  readonly freshToken: 'each-dial' | 'when-expired' | 'never';
  readonly actionOnClose: (code: number) => CloseAction;
}

export type ConnectionEvent =
  | { readonly type: 'start' }
  /** Answers `get-token`. */
  | { readonly type: 'token'; readonly dial: number; readonly token: string }
  /** `tokenExpiresAt`: by the server's clock; absent: the token is renewed by other means. */
  | { readonly type: 'opened'; readonly dial: number; readonly tokenExpiresAt?: number }
  /** Any sign of life. `isMessage`: more than the answer to a ping. */
  | { readonly type: 'received'; readonly dial: number; readonly isMessage: boolean }
  /** The socket is gone or never came to be, or there is no token for it. */
  | { readonly type: 'lost'; readonly dial: number; readonly code: number; readonly reason?: string }
  /** `connectionDeadline` has come. */
  | { readonly type: 'tick' }
  /** A person, or news that the server is there or that the key is a new one, asks for a dial at once. */
  | { readonly type: 'retry' }
  /** The machine is online or visible again. */
  | { readonly type: 'wake' }
  /** The owner cannot go on with this socket as it is; another one may do. */
  | { readonly type: 'drop' }
  /** `withinMs`: how long what was sent may take to leave; 0: it is given up. */
  | { readonly type: 'close'; readonly withinMs: number }
  /** M11: by the server's clock. */
  | { readonly type: 'token-expiring'; readonly expiresAt: number }
  /** Answer `renew`. */
  | { readonly type: 'token-renewed' }
  | { readonly type: 'renewal-failed' };

/** In the order they are to be carried out. */
export type ConnectionEffect =
  | { readonly type: 'get-token'; readonly dial: number }
  /** Open a socket. `token`: null: none was made for this dial. */
  | { readonly type: 'dial'; readonly dial: number; readonly token: string | null }
  /** Give the socket of this dial up, if there is one by now. */
  | { readonly type: 'hang-up'; readonly dial: number }
  /** Close the socket when what was sent has left; its end comes as `lost`. */
  | { readonly type: 'close-socket'; readonly dial: number; readonly code: number }
  | { readonly type: 'ping' }
  /** Get a new token and send it on the open socket. */
  | { readonly type: 'renew' }
  /** Messages can be sent from now on. */
  | { readonly type: 'opened' }
  /** The socket that was open is not any more. */
  | { readonly type: 'lost' }
  /** A dial came to nothing, and no word from the server told why. */
  | { readonly type: 'unreachable' }
  /** The server closed it for a reason that a retry by itself does not mend. */
  | {
      readonly type: 'rejected';
      readonly code: number;
      readonly reason: string;
      readonly action: Exclude<CloseAction, 'retry'>;
    }
  /** It is closed for good, and no socket is left. */
  | { readonly type: 'closed' }
  /** What a person is shown of the connection has changed. */
  | { readonly type: 'changed' };

export interface ConnectionContext {
  readonly now: number;
  /** ms since 1970, by the server's clock as far as it is known. */
  readonly serverNow: number;
  /** 0 ≤ r < 1. */
  readonly random: () => number;
  readonly options: ConnectionOptions;
}
