import { env } from 'cloudflare:test';
import {
  type BatchHeader,
  batchesIn,
  decodeInput,
  decodeServer,
  decodeToKeeper,
  encodeMessage,
  framesOf,
  type KeeperMessage,
  type Role,
  type ServerPayload,
  type ServerType,
  type TO_KEEPER_MESSAGES,
  type ToKeeperType,
  type ViewerMessage,
} from '@muster/protocol';
import type { z } from 'zod';
import type { Claims } from '../../src/auth/claims.ts';
import type { RoomStub } from '../../src/rpc.ts';
import { withClaims } from '../../src/socket/handshake.ts';
import { placementOf, TEAM } from './core/rig.ts';

type OrderPayload<T extends ToKeeperType> = z.output<(typeof TO_KEEPER_MESSAGES)[T]>;

const HOUR = 3_600_000;
export const HOST = placementOf().spec.hostId;

export function newRoom(): DurableObjectStub & RoomStub {
  return env.ROOMS.get(env.ROOMS.newUniqueId()) as unknown as DurableObjectStub & RoomStub;
}

/** A stub breaks with the object that it led to; this one leads to the next. */
export function sameRoom(room: DurableObjectStub): DurableObjectStub & RoomStub {
  return env.ROOMS.get(room.id) as unknown as DurableObjectStub & RoomStub;
}

export const memberClaims = (role: Role = 'admin', expiresAt = Date.now() + HOUR): Claims => ({
  kind: 'member',
  team: TEAM,
  expiresAt,
  member: 'ada' as never,
  name: 'Ada',
  role,
  agents: [],
  sid: 's',
  revision: 0,
});
export const hostClaims = (hostId: string = HOST, keyRevision = 1): Claims => ({
  kind: 'host',
  team: TEAM,
  hostId: hostId as never,
  keyRevision,
});

/** One end of a socket into an object: what came is kept, and can be waited for. */
export class Line {
  readonly texts: string[] = [];
  readonly batches: { header: BatchHeader; bytes: Uint8Array }[] = [];
  /** Input frames. */
  readonly typed: Uint8Array[] = [];
  closed: { code: number; reason: string } | null = null;
  private waiters: (() => void)[] = [];
  private readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.accept();
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.texts.push(data);
      else {
        const bytes = new Uint8Array(data as ArrayBuffer);
        if (decodeInput(bytes).ok) this.typed.push(bytes);
        for (const header of batchesIn(bytes)) this.batches.push({ header, bytes });
      }
      this.wake();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
      this.wake();
    });
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  /** Resolves with what `look` finds, once it finds something. */
  async until<T>(look: () => T | undefined | null | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== null && found !== false) return found;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  send(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  close(code = 1000): void {
    this.socket.close(code);
  }
}

export class ViewerLine extends Line {
  private read = 0;

  sendMessage(message: ViewerMessage, id?: string): void {
    this.send(encodeMessage(message, id === undefined ? {} : { id }));
  }

  /** The next message of this type that was not asked for before. */
  async next<T extends ServerType>(type: T): Promise<ServerPayload<T>> {
    return this.until(() => {
      for (let at = this.read; at < this.texts.length; at += 1) {
        const decoded = decodeServer(this.texts[at] ?? '');
        if (!decoded.ok || decoded.value.message.type !== type) continue;
        this.read = at + 1;
        return decoded.value.message.payload as ServerPayload<T>;
      }
      return null;
    });
  }

  text(): string {
    return this.batches
      .filter(({ header }) => header.kind === 'output')
      .flatMap(({ header, bytes }) =>
        [...framesOf(bytes, header)].map((frame) => new TextDecoder().decode(frame.data)),
      )
      .join('');
  }
}

export class KeeperLine extends Line {
  private read = 0;

  sendMessage(message: KeeperMessage): void {
    this.send(encodeMessage(message));
  }

  hello(generation = 1, inputVersions?: number[]): void {
    const { agentUid } = placementOf().spec;
    const epoch = '00000000000000e1' as never;
    this.sendMessage({
      type: 'keeper:hello',
      payload: {
        agentUid,
        generation,
        epoch,
        first: 0,
        last: 0,
        batchVersions: [1],
        version: '0',
        ...(inputVersions === undefined ? {} : { inputVersions }),
      },
    });
  }

  async next<T extends ToKeeperType>(type: T): Promise<OrderPayload<T>> {
    return this.until(() => {
      for (let at = this.read; at < this.texts.length; at += 1) {
        const decoded = decodeToKeeper(this.texts[at] ?? '');
        if (!decoded.ok || decoded.value.message.type !== type) continue;
        this.read = at + 1;
        return decoded.value.message.payload as OrderPayload<T>;
      }
      return null;
    });
  }
}

async function dial(room: RoomStub, path: string, claims: Claims | null): Promise<WebSocket> {
  const headers = withClaims(
    new Headers({ upgrade: 'websocket', 'sec-websocket-protocol': 'muster.v1' }),
    claims,
    null,
  );
  const response = await room.fetch(new Request(`https://muster.example${path}`, { headers }));
  if (response.webSocket === null) throw new Error(`no socket: ${response.status}`);
  return response.webSocket;
}

export const dialViewer = async (room: RoomStub, claims: Claims | null = memberClaims(), query = '') =>
  new ViewerLine(await dial(room, `/ws/agents/a${query}`, claims));
export const dialKeeper = async (room: RoomStub, claims: Claims | null = hostClaims()) =>
  new KeeperLine(await dial(room, '/ws/keepers/x', claims));
