import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  batchBody,
  decodeServer,
  decodeToKeeper,
  encodeEvent,
  readBatch,
  type ServerMessage,
  type TeamId,
  type ToKeeperMessage,
  withBody,
} from '@muster/protocol';
import type { Env } from '../../src/env.ts';
import { handlePlainSocket } from '../../src/gateway/gateway.ts';
import { ORIGIN, Peer } from '../front.ts';
import { batchOf, E1 } from './rig.ts';

/** A client that knows nothing but the document of seed 004. */
export class Plain extends Peer<ServerMessage> {
  output = '';
  readonly sequences: number[] = [];

  constructor(socket: WebSocket) {
    super(socket, (text) => {
      const decoded = decodeServer(text);
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
      const { message } = decoded.value;
      if (message.type === 'agent:output') {
        this.output += message.payload.data;
        this.sequences.push(message.payload.sequence);
      }
      return message;
    });
  }

  send(type: string, payload: unknown, id?: string): void {
    this.raw(JSON.stringify({ version: '1.0.0', type, timestamp: Date.now(), payload, id }));
  }

  /** Resolves when the output is at least so long. */
  async until(length: number): Promise<string> {
    while (this.output.length < length) await this.next('agent:output');
    return this.output;
  }
}

export interface Knock {
  readonly token?: string;
  readonly dialect?: '000' | '001' | '003' | '004';
  readonly headers?: Record<string, string>;
  /** What the lobby answers about people, where it is none. */
  readonly people?: () => Promise<never>;
}

const withPeople = (people: () => Promise<never>) =>
  ({ ...env, LOBBIES: { idFromName: () => 'id', get: () => ({ people }) } }) as unknown as Env;

export async function knock(
  team: TeamId,
  { token, dialect = '004', headers, people }: Knock = {},
): Promise<Plain> {
  const url = new URL('/ws/dashboard', ORIGIN);
  url.searchParams.set('team', team);
  if (token !== undefined) url.searchParams.set('token', token);
  const request = new Request(url, { headers: { upgrade: 'websocket', ...headers } });
  const response = await handlePlainSocket(
    request,
    people === undefined ? env : withPeople(people),
    createExecutionContext(),
    dialect,
  );
  if (response.webSocket === null) throw new Error('no socket');
  return new Plain(response.webSocket);
}

export class Keeper extends Peer<ToKeeperMessage> {
  /** Its spool: every frame after the first. */
  readonly #texts: string[] = [];

  constructor(socket: WebSocket) {
    super(socket, (text) => {
      const decoded = decodeToKeeper(text);
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
      const { message } = decoded.value;
      // S3: what the room lost with its memory.
      if (message.type === 'stream:resend') {
        const { from } = message.payload;
        this.socket.send(batchOf(from, this.#texts.slice(from - 2)));
      }
      return message;
    });
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes);
  }

  /** One batch: a frame a text. The first of all is the epoch's own. */
  print(...texts: string[]): void {
    this.socket.send(this.#batch(texts));
  }

  /** The same, compressed (S12). */
  async squeeze(...texts: string[]): Promise<void> {
    this.socket.send(await squeezed(this.#batch(texts)));
  }

  #batch(texts: string[]): Uint8Array {
    if (this.#texts.length === 0) {
      const opens = { type: 'epoch:open', previous: null, cause: 'first' } as const;
      this.socket.send(encodeEvent(E1, 1, opens, 1));
    }
    const first = this.#texts.length + 2;
    this.#texts.push(...texts);
    return batchOf(first, texts);
  }
}

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function headerOf(bytes: Uint8Array) {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return header.value;
}

export async function squeezed(bytes: Uint8Array): Promise<Uint8Array> {
  const header = headerOf(bytes);
  return withBody(bytes, header, await gzip(batchBody(bytes, header)), true);
}
