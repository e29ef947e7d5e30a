import {
  type Decoded,
  decodeKeeper,
  decodeServer,
  decodeToKeeper,
  decodeViewer,
  encodeMessage,
  KEEPER_MESSAGES,
  type KeeperMessage,
  type ProtocolError,
  type Result,
  SERVER_MESSAGES,
  type ServerMessage,
  TO_KEEPER_MESSAGES,
  type ToKeeperMessage,
  VIEWER_MESSAGES,
  type ViewerMessage,
} from '@muster/protocol';

type Message = KeeperMessage | ToKeeperMessage | ViewerMessage | ServerMessage;

/** Anything a socket carries; `said` is a message that skips the codec, `closed` the other end's goodbye. */
export type Packet = string | Uint8Array | { readonly said: Message } | { readonly closed: number };

/** One socket between two ends: each direction keeps order; a cut loses what is under way, as TCP does. */
export class Link {
  readonly role: 'keeper' | 'viewer';
  readonly connection: string;
  /** Of a keeper's socket: its start of the agent (N2). */
  readonly generation: number;
  readonly toServer: Packet[] = [];
  readonly toClient: Packet[] = [];
  /** Nothing arrives on it before then, ms. */
  stalledUntil = 0;
  /** Frames that a meddler took or moved. */
  tampered = 0;

  constructor(role: 'keeper' | 'viewer', connection: string, generation = 0) {
    this.role = role;
    this.connection = connection;
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

/** Through the codec, or as it is: the codec is most of the time, so only a share of the seeds pays for it. */
export const packed = (message: Message, codec: boolean): Packet =>
  codec ? encodeMessage(message) : { said: message };

function opener<M extends Message>(
  decode: (text: string) => Result<Decoded<M>, ProtocolError>,
  schemas: Readonly<Record<string, unknown>>,
) {
  const isMine = (message: Message): message is M => Object.hasOwn(schemas, message.type);
  return (packet: Packet): M => {
    if (typeof packet === 'string') {
      const decoded = decode(packet);
      if (!decoded.ok) throw new Error(decoded.error.error.message);
      return decoded.value.message;
    }
    if ('said' in packet && isMine(packet.said)) return packet.said;
    throw new Error('this end says no such thing');
  };
}

export const keeperSaid = opener<KeeperMessage>(decodeKeeper, KEEPER_MESSAGES);
export const toldKeeper = opener<ToKeeperMessage>(decodeToKeeper, TO_KEEPER_MESSAGES);
export const viewerSaid = opener<ViewerMessage>(decodeViewer, VIEWER_MESSAGES);
export const toldViewer = opener<ServerMessage>(decodeServer, SERVER_MESSAGES);
