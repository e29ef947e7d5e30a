import type { Connection, CreditState, RequestsState, StreamState } from '@muster/client/sync';
import type {
  AgentId,
  AgentUid,
  Cursor,
  Epoch,
  Result,
  ServerMessage,
  ServerPayload,
  TeamId,
  ViewerMessage,
  WireError,
} from '@muster/protocol';
import type { MemberClaims } from '../auth/claims.ts';
import type { Bucket } from '../socket/bucket.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import type { PlainCredit } from './credit.ts';

/** `lobby`, or `room:` and an agentId. */
export type LinkKey = string;

/** A muster.v1 socket of the gateway's own, to the lobby or a room. */
export interface Link {
  readonly key: LinkKey;
  readonly to: Target;
  readonly connection: Connection;
  readonly requests: RequestsState;
  /** Requests under way: our id → what the client called it, if it did. */
  readonly requestIds: Map<string, { readonly id: string | undefined }>;
  /** The object's last error that answers no request: the reason why it closes. */
  error: WireError | null;
}

export type StatusMessage = Extract<ServerMessage, { type: 'command:status' }>;

/** Where a room's output begins for this client. `live`: where the room stands when it is first reached. */
export type Start = { readonly type: 'live' } | { readonly type: 'after'; readonly cursor: Cursor | null };

export interface RoomLink extends Link {
  readonly agentId: AgentId;
  readonly agentUid: AgentUid;
  start: Start | null;
  stream: StreamState;
  credit: CreditState;
  /** The id of the `subscribe:agent` that was not answered yet. */
  subscribing: string | null;
  /** The room's name for it once it was. */
  subscription: string | null;
  /** The position last sent to the client; apart from `stream`, which runs ahead within one step. */
  sentPosition: { readonly epoch: Epoch; readonly sequence: number; readonly endLost: boolean } | null;
  /** `screen` where the client asked for that: then it gets snapshots (S14). */
  history: 'screen' | 'full';
  /** S9: there was no credit for its output, which goes on from the present … */
  isBehind: boolean;
  /** … and the id of the newest question where that is. */
  positionRequest: string | null;
  /** Input that came before the room was first reached (I2: it was never sent). */
  pendingInput: { readonly message: ViewerMessage; readonly id: string | undefined }[] | null;
  /** R2: words on commands that wait for the output before them. */
  readonly pendingStatuses: StatusMessage[];
}

export type Phase =
  | { readonly name: 'waiting'; readonly team: TeamId; readonly deadline: number }
  | { readonly name: 'open'; readonly team: TeamId; readonly claims: MemberClaims }
  | { readonly name: 'closed' };

/** Texts of a client that wait, with their bytes. */
export interface Held {
  readonly texts: string[];
  bytes: number;
}

/** The state of one plain client (G1), and of the links that are open for it. */
export interface Gateway {
  phase: Phase;
  /** S13: what came while a token is verified; null: none is. */
  held: Held | null;
  /** Names the client to the objects for as long as it is connected, or longer if it names itself (I1). */
  clientId: string;
  bucket: Bucket;
  /** L: of commands. */
  commandBucket: Bucket;
  /** S9. */
  credit: PlainCredit;
  lobby: Link | null;
  readonly rooms: Map<AgentId, RoomLink>;
  /** The lobby's answer to the first connection; null: not yet, so the client is not in. */
  welcome: ServerPayload<'connection:ack'> | null;
  agentList: ServerPayload<'agent:list'> | null;
  /** From `dashboard:connect`, until their rooms are known. */
  readonly cursors: Map<string, Cursor>;
  /** Whether the client wants every agent's output: yes, until it unsubscribes from that. */
  wantsAll: boolean;
  /** Agents it unsubscribed from one by one. */
  readonly muted: Set<AgentId>;
  /** subscriptionId → agent; null: all. */
  readonly subscriptions: Map<string, AgentId | null>;
}

export type GatewayEvent =
  | { readonly type: 'start'; readonly team: TeamId; readonly claims: MemberClaims | null }
  | { readonly type: 'client'; readonly text: string }
  /** Answers the effect `verify`. */
  | {
      readonly type: 'verified';
      readonly message: AuthMessage;
      readonly id: string | undefined;
      readonly result: Result<MemberClaims, WireError>;
    }
  | { readonly type: 'text'; readonly key: LinkKey; readonly text: string }
  /** Unpacked by the shell; `wireBytes`: what it was on the wire. */
  | {
      readonly type: 'bytes';
      readonly key: LinkKey;
      readonly bytes: Uint8Array;
      readonly wireBytes: number;
    }
  | { readonly type: 'lost'; readonly key: LinkKey; readonly code: number }
  | { readonly type: 'tick' }
  | { readonly type: 'disconnected' };

export type Target =
  | { readonly type: 'lobby' }
  | { readonly type: 'room'; readonly agentId: AgentId; readonly agentUid: AgentUid };

export type Effect =
  | { readonly type: 'send-to-client'; readonly message: ServerMessage; readonly correlationId?: string }
  /** The bare text that answers a bare `ping`. */
  | { readonly type: 'pong' }
  | {
      readonly type: 'verify';
      readonly team: TeamId;
      readonly message: AuthMessage;
      readonly token: string;
      readonly id: string | undefined;
      /** L: whether the client is let in by it. */
      readonly connects: boolean;
    }
  | {
      readonly type: 'dial';
      readonly key: LinkKey;
      readonly to: Target;
      readonly claims: MemberClaims;
      readonly clientId: string;
    }
  | { readonly type: 'hang-up'; readonly key: LinkKey }
  | { readonly type: 'send'; readonly key: LinkKey; readonly message: ViewerMessage; readonly id?: string }
  | { readonly type: 'ping'; readonly key: LinkKey }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

/** The context of an event: time, randomness and ids are arguments. */
export interface Context {
  /** ms since 1970. */
  readonly now: number;
  /** 0 ≤ r < 1. */
  random(): number;
  freshId(): string;
}

/** One event on its way through the core. */
export interface UnitOfWork extends Context {
  readonly gateway: Gateway;
  readonly out: Effect[];
}
