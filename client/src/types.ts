import type {
  Ack,
  AgentState,
  AgentSummary,
  CommandId,
  Cursor,
  Epoch,
  Frame,
  HostSummary,
  Member,
  ProgramEvent,
  ServerPayload,
  Snapshot,
  TerminalColors,
  ViewerPayload,
  ViewerType,
  WireError,
} from '@muster/protocol';
import type { ConversationMessage } from './stream/conversation-message.ts';
import type { Outcome } from './sync/index.ts';

export type { ConversationMessage } from './stream/conversation-message.ts';

/** M9: what a person is shown of a connection. Times: ms since 1970, by this machine's clock. */
export type ConnectionState =
  | { readonly name: 'connecting' }
  | {
      readonly name: 'connected';
      readonly since: number;
      /** M10: by long polls, since sockets cannot be had. */
      readonly polling?: true;
    }
  | {
      readonly name: 'reconnecting';
      /** Which retry in a row comes next or is under way, from 1. */
      readonly attempt: number;
      /** When it starts by itself; in the past: it is under way. */
      readonly retryAt: number;
      /** After the fifth try in a row that failed a person may ask for a try at once; the retries go on beside it. */
      readonly manual: boolean;
    }
  | {
      readonly name: 'disconnected';
      /** `closed`: by us. `refused`: the server does not want this client as it is (close 4400–4449). */
      readonly reason: 'closed' | 'refused';
      readonly code?: number;
      readonly error?: WireError;
    };

/** The error that a failed request rejects with. `wire` is the server's error, where it sent one. */
export interface RequestFailure extends Error {
  readonly wire: WireError;
  /**
   * What may have been done: nothing (`refused` by the server, or `unsent`), or it is `unknown`: the request was sent and
   * no answer came. Such a request is not made again by itself: that might do it twice.
   */
  readonly outcome: Outcome;
}

export interface RequestOptions {
  /** ms until it fails with COMMAND_TIMEOUT, over all tries. Default 30,000. It is repeated for 5 minutes at most. */
  readonly timeout?: number;
  /** Tries after the first when no ack came, with the same id (I1). Default 3. */
  readonly retries?: number;
}

/** C7: requests that wait for people, by permission id, unread: who shows them parses them (F16). */
export type UnreadInbox = ReadonlyMap<string, unknown>;

export interface MusterClientEvents {
  connection: ConnectionState;
  /** The whole list, newest first known; sent whenever anything in it changed. */
  agents: readonly AgentSummary[];
  hosts: readonly HostSummary[];
  /** All that wait, sent whenever one came, changed or went. */
  inbox: UnreadInbox;
  /** C10: an event of the agent that this page says it shows; it is pushed unless the page acknowledges it. */
  attention: ServerPayload<'attention:event'>;
  /** The member who is signed in: sent with each connection, and when the role or name changes (X5). */
  member: Member;
  /** agent:error, system:message and errors that answer no request. */
  notice: { readonly level: 'info' | 'error'; readonly agentId?: string; readonly message: string };
}

/** The status of a command: it waits, runs, or how it ended. */
export type CommandUpdate = ServerPayload<'command:status'>;
export type Presence = ServerPayload<'presence:update'>;

export interface FeedEvents {
  connection: ConnectionState;
  /** R1: only ever with a higher revision, or of a new agentUid. */
  state: AgentState;
  /** S7: each frame once, in order. `time` is the keeper's. */
  output: { readonly epoch: Epoch; readonly frames: readonly Frame[] };
  /** The same of a command; `commandSequence` counts its own frames from 1. */
  commandOutput: { readonly commandId: string; readonly epoch: Epoch; readonly frames: readonly Frame[] };
  /** C14: what a conversation's keeper says live; each frame is an update, unread (F16). */
  conversationUpdates: {
    readonly conversationId: string;
    readonly epoch: Epoch;
    readonly frames: readonly Frame[];
  };
  /** R2: each step of each command; the queue, what runs and what ended last is in `state.commands`. */
  command: CommandUpdate;
  /** Numbered events, in their place between the frames: resizes, program status (history while replaying). */
  event: {
    readonly epoch: Epoch;
    readonly sequence: number;
    readonly event: ProgramEvent;
    readonly replayed: boolean;
  };
  /**
   * S14: the terminal as it is at a number, in place of all before it; the next frame is the one after. Readers with
   * `history: 'screen'` get it where they missed more than is worth sending.
   */
  snapshot: Snapshot;
  gap: { readonly from: number; readonly to: number | null; readonly bytes?: number };
  /** true while what arrives is older than the subscription. */
  replaying: boolean;
  /** The complete list of viewers; `driver:changed` and all else about the driver comes as `state`. */
  presence: Presence;
  /** I2: inputs sent and not yet confirmed by the keeper. */
  unconfirmed: number;
  /** What this socket's room says of conversations, unread (F16). */
  conversation: ConversationMessage;
  /** The agent is gone: deleted, or never there. */
  gone: WireError;
}

type Listen<E> = <K extends keyof E>(event: K, listener: (value: E[K]) => void) => () => void;

/** One agent's live stream and controls; one socket to its room. */
export interface AgentFeed {
  readonly agentId: string;
  readonly connection: ConnectionState;
  readonly state: AgentState | null;
  /** Everything up to here was delivered. */
  readonly cursor: Cursor | null;
  on: Listen<FeedEvents>;
  /**
   * I2: at most once, in order; false while not connected or while another drives (then it is not sent and not kept).
   * `commandId`: to an interactive command, which nobody drives.
   */
  input(data: string | Uint8Array, commandId?: CommandId): boolean;
  /** P9: closes the standard input of a program on pipes, behind what was typed; false as for `input`. */
  endInput(): boolean;
  /** X6: what the terminal says by itself: the room passes it on from the driver only, and it makes nobody drive. */
  answer(data: string | Uint8Array, commandId?: CommandId): boolean;
  /**
   * Latest wins; sent at once when connected, else on connect. The driver's counts (B9). `colors`: what it is drawn with,
   * for programs that ask (P8).
   */
  resize(cols: number, rows: number, colors?: TerminalColors): void;
  /** To the agent's room on this feed's own socket, once; rejects with a `RequestFailure` where there is none, or it is lost. */
  request<T extends ViewerType>(type: T, payload: ViewerPayload<T>): Promise<Ack>;
  /**
   * Of a feed that is `held`, once for each connection: its stream goes on behind `after`, or from where it is if that is
   * later in that epoch. null: from there, or the oldest kept.
   */
  follow(after: Cursor | null): void;
  reconnect(): void;
  close(): void;
}

export interface FeedOptions {
  /** The stream is not asked for until `follow`, on each connection; messages come all the same. */
  readonly held?: boolean;
  readonly history?: 'screen' | 'full';
  readonly after?: Cursor;
}

/** A viewer of one team: one socket to the lobby, one to each room that is open. */
export interface MusterClient {
  readonly clientId: string;
  readonly connection: ConnectionState;
  /** ms since 1970 by the server's clock, which is what ages and ends are told by; this machine's until it spoke. */
  readonly now: number;
  readonly agents: readonly AgentSummary[];
  readonly hosts: readonly HostSummary[];
  readonly inbox: UnreadInbox;
  on: Listen<MusterClientEvents>;
  /**
   * Sends a request and resolves with its successful ack; rejects with a `RequestFailure`. Requests wait
   * while offline, in order, up to their timeout. Agent requests go to the agent's room, others to the lobby.
   */
  request<T extends ViewerType>(type: T, payload: ViewerPayload<T>, options?: RequestOptions): Promise<Ack>;
  open(agentId: string, options?: FeedOptions): AgentFeed;
  /** The manual button: tries every socket at once. */
  reconnect(): void;
  close(): void;
}

export interface ClientOptions {
  /** Origin of the server, `http(s)://host:port`. */
  readonly url: string;
  readonly team?: string;
  /** A fresh access token, for clients without a cookie; asked before every connect and before expiry. */
  readonly token?: () => Promise<string>;
  /** Called before the token expires when there is no `token`: renews the cookie and resolves to the new token (for auth:refresh). */
  readonly refresh?: () => Promise<string>;
  readonly clientId?: string;
  /** Injected in tests and on Node (`ws`); the browser's own by default. */
  readonly webSocket?: (url: string, protocols: string[]) => WebSocket;
}
