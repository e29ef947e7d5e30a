import type { Ack, ServerMessage, ServerPayload, ViewerMessage, WireError } from '@muster/protocol';
import type { Connection, ConnectionContext, ConnectionEvent } from '../connection/index.ts';
import type { Outcome, RequestEvent, RequestsState } from '../requests/requests.ts';
import type { Transport } from '../transport/transport.ts';
import type { ConnectionState } from '../types.ts';

/** One reconnecting socket to a lobby or a room, and the requests on it (I1). */
export interface Channel {
  readonly connection: Connection;
  readonly requests: RequestsState;
  /** I1: when each request was first sent, by the server's clock as far as it was known. */
  readonly askedAt: Map<string, number>;
  /** M11: the request that brings a renewed token. */
  renewal: string | null;
  /** Of the newest dial. */
  transport: Transport;
  /** What let us in on this socket, with the features that its server has. */
  ack: ServerPayload<'connection:ack'> | null;
  /** The server's last word that answers no request: the reason of a close. */
  error: WireError | null;
  /** What a person is shown. */
  shown: ConnectionState;
}

export type ChannelEvent =
  | ConnectionEvent
  /** In its place among what the socket brings. */
  | {
      readonly type: 'message';
      readonly message: ServerMessage;
      readonly correlationId: string | undefined;
    }
  | RequestEvent
  /** Answer `renew-token`. */
  | { readonly type: 'new-token'; readonly token: string }
  | { readonly type: 'no-token' };

/** In the order they are to be carried out. */
export type ChannelEffect =
  | { readonly type: 'get-token'; readonly dial: number }
  | { readonly type: 'renew-token' }
  /** `token`: goes first on the socket; null: a cookie or the requests of a poll bring it. */
  | {
      readonly type: 'dial';
      readonly dial: number;
      readonly transport: Transport;
      readonly token: string | null;
    }
  | { readonly type: 'hang-up' }
  | { readonly type: 'ping' }
  | {
      readonly type: 'send';
      readonly message: ViewerMessage;
      readonly id: string | undefined;
      readonly askedAt: number | undefined;
    }
  | { readonly type: 'opened'; readonly ack: ServerPayload<'connection:ack'> }
  | { readonly type: 'lost' }
  /** M10: a dial came to nothing, and no word from the server told why. */
  | { readonly type: 'unreachable'; readonly transport: Transport }
  | { readonly type: 'changed' }
  | { readonly type: 'message'; readonly message: ServerMessage }
  /** An error that answers no request. */
  | { readonly type: 'fault'; readonly error: WireError }
  | { readonly type: 'done'; readonly id: string; readonly ack: Ack }
  /** `outcome`: absent: the server's error tells. */
  | {
      readonly type: 'failed';
      readonly id: string;
      readonly error: WireError;
      readonly outcome: Outcome | undefined;
    };

export interface ChannelContext extends ConnectionContext {
  /** ms since 1970, by this machine's clock: what people are shown. */
  readonly wall: number;
  /** ms since 1970, by the server's clock; null: it is not known. */
  readonly serverTime: number | null;
  readonly freshId: () => string;
  /** M10: how a dial goes now. */
  readonly transport: Transport;
}
