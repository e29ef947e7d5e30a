import type {
  AgentId,
  AgentState,
  BatchHeader,
  ClientId,
  CommandId,
  Cursor,
  ServerMessage,
  TerminalColors,
  TerminalSize,
  ViewerMessage,
} from '@muster/protocol';
import type { Channel, ChannelEffect } from '../channel/index.ts';
import type { ConnectionOptions, ServerClock } from '../connection/index.ts';
import type { InputState } from '../requests/inputs.ts';
import type { RequestEvent } from '../requests/requests.ts';
import type { CreditState } from '../stream/credit.ts';
import type { TeamState } from '../stream/state.ts';
import type { StreamState } from '../stream/stream.ts';
import type { TransportSelection } from '../transport/handle.ts';
import type { ConversationMessage, FeedEvents, MusterClientEvents, UnreadInbox } from '../types.ts';

/** `lobby`, or `room:` and a number: two readers of one agent have a socket each. */
export type ChannelKey = string;
/** A number of this client's. */
export type FeedId = number;

/** A channel to the lobby or a room. */
export interface Link {
  readonly key: ChannelKey;
  readonly path: string;
  readonly channel: Channel;
  /** When `tick` has something to do here, ms; null: never. */
  deadline: number | null;
}

/** One socket to one agent's room: requests of anyone, the stream of at most one reader. */
export interface Room extends Link {
  readonly agentId: AgentId;
  /** The feed and the requests that need this socket. */
  users: number;
  /** When it is closed since nobody needs it, ms; null: somebody does. */
  closesAt: number | null;
  reader: Reader | null;
  state: AgentState | null;
  /** The last list of its conversations, unread, for a reader that comes later. */
  conversations: ConversationMessage | null;
  inputs: InputState;
  /** Input of the last moments, in order, which goes together. */
  pendingInput: ProgramInput[];
  inputSentAt: number;
  /** Subscriptions that were not answered yet: id of the request → reader. */
  readonly subscribing: Map<string, Reader>;
  /** The room's name for the reader's subscription. */
  subscription: string | null;
  /** The size last asked for, until the room has taken it. `id`: of the request that brings it. */
  size: { readonly id: string | null; readonly size: Size } | null;
}

export interface Reader {
  readonly feed: FeedId;
  readonly history: 'screen' | 'full';
  readonly stream: StreamState;
  credit: CreditState;
  /** It asks for nothing by itself: its owner says on each socket from where it follows. */
  readonly held: boolean;
  /** False until its owner could listen: what it reads would be lost. */
  isListening: boolean;
}

export type Size = TerminalSize & { readonly colors?: TerminalColors };

/** Input for a program; `answer`: the terminal's own reply (X6). `commandId`: for that command instead. */
export interface ProgramInput {
  readonly data: string | Uint8Array;
  readonly answer: boolean;
  readonly commandId: CommandId | undefined;
  /** P9: this is the end of input. */
  readonly end?: boolean;
}

/** The state of a client: its team, and the sockets to the lobby and to rooms. */
export interface Team {
  readonly clientId: ClientId;
  readonly lobby: Link;
  readonly rooms: Map<ChannelKey, Room>;
  /** How many rooms were dialled: names them apart. */
  roomCount: number;
  list: TeamState;
  /** C7: the requests that wait for people, unread (F16), by permission id. */
  inbox: UnreadInbox;
  clock: ServerClock;
  readonly transport: TransportSelection;
}

/** What a socket brings, or what becomes of it. */
export type SocketEvent =
  /** Answers `get-token`. */
  | { readonly type: 'token'; readonly key: ChannelKey; readonly dial: number; readonly token: string }
  | { readonly type: 'new-token'; readonly key: ChannelKey; readonly token: string }
  | { readonly type: 'no-token'; readonly key: ChannelKey }
  /** A sign of life, as soon as it comes. `isMessage`: more than the answer to a ping. */
  | {
      readonly type: 'received';
      readonly key: ChannelKey;
      readonly dial: number;
      readonly isMessage: boolean;
    }
  /** In its place among the batches. `timestamp`: the server's. */
  | {
      readonly type: 'message';
      readonly key: ChannelKey;
      readonly message: ServerMessage;
      readonly correlationId: string | undefined;
      readonly timestamp: number | undefined;
    }
  | {
      readonly type: 'batch';
      readonly key: ChannelKey;
      readonly header: BatchHeader;
      readonly bytes: Uint8Array;
    }
  /** The batches of so many bytes on the wire were handed in (S8). */
  | { readonly type: 'consumed'; readonly key: ChannelKey; readonly wireBytes: number }
  /** Bytes that are no batch. */
  | { readonly type: 'unreadable'; readonly key: ChannelKey }
  /** The socket is gone, or it or its token was not to be had. */
  | { readonly type: 'lost'; readonly key: ChannelKey; readonly dial: number; readonly code: number };

/** What the owner of a feed does. */
export type FeedEvent =
  | {
      readonly type: 'open-feed';
      readonly feed: FeedId;
      readonly agentId: AgentId;
      readonly after: Cursor | null;
      readonly history: 'screen' | 'full';
      readonly held?: boolean;
    }
  | { readonly type: 'listen'; readonly feed: FeedId }
  /** Of a reader that is held: it follows from there, or from where it was if that is later; null: from the oldest kept. */
  | { readonly type: 'follow'; readonly feed: FeedId; readonly after: Cursor | null }
  /** For the socket of this reader alone. */
  | {
      readonly type: 'feed-request';
      readonly feed: FeedId;
      readonly id: string;
      readonly message: ViewerMessage;
    }
  | { readonly type: 'input'; readonly feed: FeedId; readonly input: ProgramInput }
  | { readonly type: 'resize'; readonly feed: FeedId; readonly size: Size }
  | { readonly type: 'retry-feed'; readonly feed: FeedId }
  | { readonly type: 'close-feed'; readonly feed: FeedId };

export type TeamEvent =
  | SocketEvent
  | FeedEvent
  | { readonly type: 'start' }
  | RequestEvent
  /** M10: answers `ask-server`. */
  | { readonly type: 'server-asked'; readonly answered: boolean }
  /** M10: a message came through the socket of `probe`. */
  | { readonly type: 'probe-answered' }
  | { readonly type: 'retry' }
  | { readonly type: 'wake' }
  | { readonly type: 'tick' }
  | { readonly type: 'close' };

/** In the order they are to be carried out. */
export type TeamEffect =
  /** `path`: where its socket is dialled. */
  | ({ readonly key: ChannelKey; readonly path: string } & Extract<
      ChannelEffect,
      { type: 'get-token' | 'renew-token' | 'dial' | 'hang-up' | 'ping' | 'send' }
    >)
  /** M10: ends a poll as if the server had closed it. */
  | { readonly type: 'retire'; readonly key: ChannelKey }
  | { readonly type: 'send-bytes'; readonly key: ChannelKey; readonly bytes: Uint8Array<ArrayBuffer> }
  | Extract<ChannelEffect, { type: 'done' | 'failed' }>
  | { readonly type: 'ask-server' }
  | { readonly type: 'probe' }
  | { readonly type: 'drop-probe' }
  | {
      readonly type: 'emit';
      readonly event: keyof MusterClientEvents;
      readonly value: MusterClientEvents[keyof MusterClientEvents];
    }
  | {
      readonly type: 'feed';
      readonly feed: FeedId;
      readonly event: keyof FeedEvents;
      readonly value: FeedEvents[keyof FeedEvents];
    };

/** Time, randomness and ids are arguments. */
export interface TeamContext {
  /** ms, by a clock that never goes back. */
  readonly now: number;
  /** ms since 1970, by this machine's clock: what people are shown. */
  readonly wall: number;
  readonly random: () => number;
  readonly freshId: () => string;
  readonly options: ConnectionOptions;
}

/** One event on its way through the core. */
export interface UnitOfWork extends TeamContext {
  readonly team: Team;
  readonly out: TeamEffect[];
  /** Whose deadlines may have changed. */
  readonly touched: Set<Link>;
}
