import type {
  Adapter,
  AgentPolicy,
  CONVERSATION_ORDERS,
  ConversationEvent,
  ConversationFacts,
  ConversationId,
  ConversationUpdate,
  HostAnswer,
  ItemWrite,
  PermissionId,
  Resolve,
  Result,
  StreamEvent,
  ToKeeperMessage,
  Usage,
  WireError,
} from '@muster/protocol';
import type { Calls } from './calls.ts';
import type { ItemBook } from './item-book.ts';
import type { Masker } from './masker.ts';
import type { OpenRequest } from './open-request.ts';
import type { ToolBook } from './tool-book.ts';

export type ConversationOrder = Extract<ToKeeperMessage, { type: keyof typeof CONVERSATION_ORDERS }>;
export type OrderPayload<T extends ConversationOrder['type']> = Extract<
  ConversationOrder,
  { type: T }
>['payload'];
export type PromptOrder = OrderPayload<'conversation:prompt'>;

export interface Context {
  /** ms since 1970. */
  readonly now: number;
  /** Of a request that this event opens: never used before. */
  readonly permissionId: PermissionId;
  /** SHA-256, 64 hex digits. */
  readonly digest: (text: string) => string;
  /** Where the adapter works: an absolute path, symlinks resolved. */
  readonly directory: string;
  /** The absolute path of a file of the directory, symlinks resolved; null: there is none, or it leads out of it. */
  readonly locate: (path: string) => string | null;
  readonly masker: Masker;
  /** C9: what is decided without people. */
  readonly policy: AgentPolicy;
  /** Where a path really leads, under `directory`. */
  readonly resolve: Resolve;
  /** C7: requests that other conversations of the agent have open. */
  readonly askedElsewhere: number;
}

export type CoreEvent =
  | { readonly type: 'order'; readonly order: ConversationOrder }
  /** One line of the adapter, parsed. */
  | { readonly type: 'line'; readonly json: unknown }
  /** A line that is no JSON, or too long: its beginning, and its length in bytes. */
  | { readonly type: 'garbage'; readonly text: string; readonly bytes: number }
  /** `incarnation`: of this process, never used before. */
  | { readonly type: 'adapter-started'; readonly incarnation: string }
  | { readonly type: 'adapter-refused'; readonly error: WireError }
  /** Nothing of it is left. `said`: the end of what it wrote to stderr. `asked`: why it was ended; null: by itself. */
  | {
      readonly type: 'adapter-exited';
      readonly how: string;
      readonly said: string;
      readonly asked: string | null;
    }
  /** C15: what `fetch-files` asked for, in its order; or why it could not be had. */
  | {
      readonly type: 'files-fetched';
      readonly turnId: string;
      readonly fetched: Result<readonly FetchedFile[], WireError>;
    }
  /** C11: somebody asks for the agent's sessions; answered by `sessions-listed`. */
  | { readonly type: 'list-sessions'; readonly queryId: string; readonly cursor?: string }
  /** C4a: nothing of the adapter's works in the background, or its place is needed. */
  | { readonly type: 'rest' }
  | { readonly type: 'tick' };

export type CoreEffect =
  | { readonly type: 'write'; readonly json: Record<string, unknown> }
  | { readonly type: 'update'; readonly update: ConversationUpdate }
  | { readonly type: 'event'; readonly event: ConversationEvent | RequestDone }
  | { readonly type: 'fetch-files'; readonly turnId: string; readonly files: readonly WantedFile[] }
  | {
      readonly type: 'sessions-listed';
      readonly queryId: string;
      readonly answer: Extract<HostAnswer, { type: 'sessions' | 'refused' }>;
    }
  | { readonly type: 'start' }
  /** It is no longer needed: end it; what it still says is not heard. */
  | { readonly type: 'stop' }
  /** C16: the turn's end is to be written down behind its event. */
  | { readonly type: 'turn-over'; readonly turnId: string }
  /** C4a: idle for long; answer with `rest` where nothing of it works in the background. */
  | { readonly type: 'idle' }
  /** Give a `tick` then; null: none. */
  | { readonly type: 'timer'; readonly at: number | null };

/** C15: a file of a prompt. `wants`: its bytes, its text where it is a short one, else the path of a private copy. */
export interface WantedFile {
  readonly fileId: string;
  readonly name: string;
  readonly wants: 'bytes' | 'text' | 'path';
}
/** `data`: base64. `path`: absolute, of a copy that the agent may read. */
export type FetchedFile =
  | { readonly type: 'bytes'; readonly data: string }
  | { readonly type: 'text'; readonly text: string; readonly path: string }
  | { readonly type: 'path'; readonly path: string };

export type RequestDone = Extract<StreamEvent, { type: 'request:done' }>;

/**
 * Where the adapter is. `up`: it is initialized and has no session. `opening`: a session is made or taken up again.
 * `configuring`: modes and options are set (C17). `ready`: it takes prompts.
 */
export type Phase = 'none' | 'starting' | 'initializing' | 'up' | 'opening' | 'configuring' | 'ready';

export interface RunningTurn {
  readonly turnId: string;
  readonly prompt: PromptOrder;
  /** C15: of its prompt, in order; null: not asked for yet. */
  files: 'asked' | readonly FetchedFile[] | null;
  /** The agent has it. */
  sent: boolean;
  /** When cancelling must have ended it, ms since 1970; null: nobody cancels it. */
  cancelBy: number | null;
  /** Cancelling it answered what it asked. */
  cut: boolean;
}

/** What the adapter can do, as it says. */
export interface Capabilities {
  readonly images: boolean;
  /** Text of a file within the prompt. */
  readonly embeds: boolean;
  readonly steering: boolean;
  /** C11: `session/list`. */
  readonly lists: boolean;
  readonly resume: boolean;
  readonly load: boolean;
}

export interface Conversation {
  readonly conversationId: ConversationId;
  /** The command of its agent, argv. */
  readonly command: readonly string[];
  /** Null: a program that Muster does not know. */
  readonly adapter: Adapter | null;
  readonly version: string;
  phase: Phase;
  /** When the phase must have ended, ms since 1970. */
  phaseBy: number | null;
  incarnation: string;
  sessionId: string | null;
  /** C11: what it says while a session loads is transcript. */
  loading: boolean;
  capabilities: Capabilities;
  readonly calls: Calls;
  turn: RunningTurn | null;
  /** The last turn, whose late updates belong to it until then. */
  lately: { readonly turnId: string; readonly until: number } | null;
  /** C16. */
  background: boolean;
  backgroundAt: number;
  readonly items: ItemBook;
  readonly tools: ToolBook;
  readonly requests: Map<PermissionId, OpenRequest>;
  /** What was steered, by messageId, so that a repeat is not. */
  readonly steered: Map<string, 'sent' | 'injected' | 'queued' | 'failed'>;
  /** Those that the agent has not answered. */
  readonly steering: Map<string, OrderPayload<'conversation:steer'>>;
  /** C11: questions for sessions that wait for the adapter. */
  listing: { readonly queryId: string; readonly cursor?: string }[];
  signIn: { readonly requestId: string; readonly methodId: string } | null;
  /** Chosen by members, by configId. */
  readonly configured: Map<string, string | boolean>;
  modes: readonly string[];
  mode: string | null;
  options: ReadonlyMap<string, { readonly value: string | boolean; readonly category: string }>;
  /** C18. */
  spent: Usage['cost'];
  /** What this process told last; null: it has not, and its first word is where counting begins. */
  toldCost: Usage['cost'] | null;
  /** Facts that are to be told soon, and when. */
  facts: ConversationFacts;
  factsAt: number | null;
  /** C14: rows that wait for others, their size as JSON, and until when. */
  rows: { readonly writes: ItemWrite[]; chars: number; at: number | null };
  /** Lines of this adapter that were no messages. */
  garbage: number;
  /** C4a: since when nothing happens, ms since 1970. */
  idleSince: number;
  /** When it was last reported as idle. */
  idleTold: number | null;
  timer: number | null;
}

/** One event on its way through the core. */
export interface Work {
  readonly state: Conversation;
  readonly context: Context;
  readonly out: CoreEffect[];
}
