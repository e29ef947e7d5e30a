import {
  type Decoded,
  decodeInput,
  decodeKeeper,
  decodeRunner,
  decodeServer,
  decodeToKeeper,
  decodeToRunner,
  decodeViewer,
  encodeMessage,
  type InputFrame,
  KEEPER_MESSAGES,
  type KeeperMessage,
  type Metadata,
  type ProtocolError,
  type Result,
  RUNNER_MESSAGES,
  type RunnerMessage,
  SERVER_MESSAGES,
  type ServerMessage,
  TO_KEEPER_MESSAGES,
  TO_RUNNER_MESSAGES,
  type ToKeeperMessage,
  type ToRunnerMessage,
  VIEWER_SCHEMAS,
  type ViewerMessage,
} from '@muster/protocol';

type Message =
  | KeeperMessage
  | ToKeeperMessage
  | ViewerMessage
  | ServerMessage
  | RunnerMessage
  | ToRunnerMessage;

/** What was said, and under which id. */
export interface Received<M> {
  readonly message: M;
  readonly id?: string;
  readonly metadata?: Metadata;
}

/** Anything a socket carries; `said` is a message that skips the codec, `closed` the other end's goodbye. */
export type Packet = string | Uint8Array | Unencoded | { readonly closed: number };
interface Unencoded {
  readonly said: Message;
  readonly id?: string;
  readonly metadata?: Metadata;
}

/** One socket between two ends: each direction keeps order; a cut loses what is under way, as TCP does. */
export class Link {
  readonly role: 'keeper' | 'viewer' | 'runner' | 'dashboard';
  readonly connection: string;
  /** By its token: which host, or which client of a member. */
  readonly client: string;
  /** Of a keeper's socket: its start of the agent (N2). */
  readonly generation: number;
  readonly toServer: Packet[] = [];
  readonly toClient: Packet[] = [];
  /** Nothing arrives on it before then, ms. */
  stalledUntil = 0;
  /** Frames that a meddler took or moved. */
  tampered = 0;

  constructor(role: Link['role'], connection: string, client: string, generation: number) {
    this.role = role;
    this.connection = connection;
    this.client = client;
    this.generation = generation;
  }

  get quiet(): boolean {
    return this.toServer.length + this.toClient.length === 0;
  }

  cut(): void {
    this.toServer.length = 0;
    this.toClient.length = 0;
  }
}

/** The keys of an input frame. */
export function typedIn(bytes: Uint8Array): InputFrame {
  const decoded = decodeInput(bytes);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** Through the codec, or as it is: the codec is most of the time, so only a share of the seeds pays for it. */
export function packed(message: Message, codec: boolean, id?: string, askedAt?: number): Packet {
  const metadata = askedAt === undefined ? {} : { metadata: { askedAt } };
  const stamp = id === undefined ? {} : { id, ...metadata };
  return codec ? encodeMessage(message, stamp) : { said: message, ...stamp };
}

function opener<M extends Message>(
  decode: (text: string) => Result<Decoded<M>, ProtocolError>,
  schemas: Readonly<Record<string, unknown>>,
) {
  const isMine = (message: Message): message is M => Object.hasOwn(schemas, message.type);
  return (packet: Packet): Received<M> => {
    if (typeof packet === 'string') {
      const decoded = decode(packet);
      if (!decoded.ok) throw new Error(decoded.error.error.message);
      return decoded.value;
    }
    if ('said' in packet && isMine(packet.said)) return { ...packet, message: packet.said };
    throw new Error('this end says no such thing');
  };
}

export const fromKeeper = opener<KeeperMessage>(decodeKeeper, KEEPER_MESSAGES);
export const forKeeper = opener<ToKeeperMessage>(decodeToKeeper, TO_KEEPER_MESSAGES);
const fromViewer = opener<ViewerMessage>(decodeViewer, VIEWER_SCHEMAS);
export const forViewer = opener<ServerMessage>(decodeServer, SERVER_MESSAGES);
export const fromRunner = opener<RunnerMessage>(decodeRunner, RUNNER_MESSAGES);
export const forRunner = opener<ToRunnerMessage>(decodeToRunner, TO_RUNNER_MESSAGES);

/** What a viewer says, as an event of an object. */
export function viewerEvent(packet: Packet) {
  const { message, id, metadata } = fromViewer(packet);
  const askedAt = metadata?.askedAt;
  return {
    type: 'viewer-said' as const,
    message,
    ...(id === undefined ? {} : { id }),
    ...(askedAt === undefined ? {} : { askedAt }),
  };
}
