import { encodeMessage } from '@muster/protocol';
import type { Link, Packet } from '../link.ts';
import type { SimulatedObject } from './object.ts';
import { otherEnd, type SimulatedSocket } from './socket.ts';

const OPEN = 1;

type Holder = Pick<SimulatedObject<object>, 'send' | 'drop' | 'forgetSockets'>;

/** The object's ends of its links. */
export class ObjectSockets {
  readonly #object: Holder;
  readonly #byConnection = new Map<string, SimulatedSocket>();

  constructor(object: Holder) {
    this.#object = object;
  }

  /** Connects the socket of a response to the link that asked for it. */
  connect(link: Link, { webSocket }: { readonly webSocket: unknown }): void {
    const socket = otherEnd(webSocket);
    socket.connect({
      take: (data) => {
        // G6: hosts ignore messages that they do not know.
        if ((link.role === 'keeper' || link.role === 'runner') && isError(data)) return;
        this.#object.send(() => void link.toClient.push(data));
      },
      end: (code) => this.#object.send(() => void link.toClient.push({ closed: code })),
    });
    if (socket.readyState === OPEN) this.#byConnection.set(link.connection, socket);
  }

  /** The open socket of a link, as the object's handlers get it; null: there is none. */
  find({ connection }: Link): WebSocket | null {
    const socket = this.#byConnection.get(connection);
    return socket?.readyState === OPEN ? (socket as unknown as WebSocket) : null;
  }

  /** The link broke. Returns the socket that the object is told about; null: there is none. */
  remove({ connection }: Link): WebSocket | null {
    const socket = this.#byConnection.get(connection);
    if (socket === undefined) return null;
    this.#byConnection.delete(connection);
    this.#object.drop(socket);
    return socket as unknown as WebSocket;
  }

  clear(): void {
    this.#byConnection.clear();
    this.#object.forgetSockets();
  }
}

const isError = (data: string | Uint8Array) => typeof data === 'string' && data.includes('"type":"error"');

/** A packet as a WebSocket delivers it; null: a close. */
export function wireOf(packet: Packet): string | ArrayBuffer | null {
  if (typeof packet === 'string') return packet;
  if (packet instanceof Uint8Array)
    return packet.buffer.slice(packet.byteOffset, packet.byteOffset + packet.byteLength) as ArrayBuffer;
  if (!('said' in packet)) return null;
  const { said, id, metadata } = packet;
  return encodeMessage(said, {
    ...(id === undefined ? {} : { id }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}
