import { HostIdSchema } from '@muster/protocol';
import type { SocketActivity } from '../../worker/src/team-lobby/core/presence/index.ts';
import type { OnlineHost } from '../../worker/src/team-lobby/core/types.ts';
import { type Link, packed } from './link.ts';

interface Socket {
  readonly link: Link;
  /** ms: when it was last heard. */
  lastHeard: number;
  /** Of a host: its hello, ms. */
  since: number | null;
  subscriptions: readonly string[];
}

/** A lobby's ends of its sockets, with their attachments. */
export class LobbySockets {
  private readonly open = new Map<string, Socket>();
  private readonly codec: boolean;

  constructor(codec: boolean) {
    this.codec = codec;
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  add(link: Link, now: number): void {
    this.open.set(link.connection, { link, lastHeard: now, since: null, subscriptions: [] });
  }

  /** False: it had left before. */
  remove(connection: string): boolean {
    return this.open.delete(connection);
  }

  clear(): void {
    this.open.clear();
  }

  /** H1. Its socket; undefined: it is closed. */
  recordActivity(connection: string, now: number): Socket | undefined {
    const socket = this.open.get(connection);
    if (socket !== undefined) socket.lastHeard = now;
    return socket;
  }

  peers(): SocketActivity[] {
    return [...this.open].map(([connection, { lastHeard }]) => ({ connection, lastHeard: lastHeard }));
  }

  online(): OnlineHost[] {
    return [...this.open].flatMap(([connection, { link, since }]) =>
      since === null ? [] : [{ hostId: HostIdSchema.parse(link.client), connection, since }],
    );
  }

  attach(connection: string, part: Partial<Pick<Socket, 'since' | 'subscriptions'>>): void {
    const socket = this.open.get(connection);
    if (socket !== undefined) Object.assign(socket, part);
  }

  send(to: string, message: Parameters<typeof packed>[0]): void {
    this.open.get(to)?.link.toClient.push(packed(message, this.codec));
  }

  broadcast(message: Parameters<typeof packed>[0]): void {
    for (const { link } of this.open.values())
      if (link.role === 'dashboard') this.send(link.connection, message);
  }

  ofHost(hostId: string): string[] {
    return [...this.open].filter(([, { link }]) => link.client === hostId).map(([connection]) => connection);
  }

  /** Its link, which is told; undefined: it had left before. */
  close(connection: string, code: number): Link | undefined {
    const link = this.open.get(connection)?.link;
    link?.toClient.push({ closed: code });
    return link;
  }
}
