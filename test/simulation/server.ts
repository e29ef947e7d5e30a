import type { Link, Packet } from './link.ts';

/** The object was reset in the middle of an event: what was sent is sent, what was not committed is gone. */
export class Reset extends Error {}

/** Before each effect. @throws Reset when that is to be in the middle of its work */
export function burn(server: Pick<Server, 'fuse'>): void {
  if (server.fuse === null || server.fuse-- > 0) return;
  server.fuse = null;
  throw new Reset();
}

/** A Durable Object as the network sees it. */
export interface Server {
  /** After this many further effects it is reset in the middle of its work. */
  fuse: number | null;
  accept(link: Link, now: number): void;
  left(link: Link, now: number): void;
  receive(link: Link, packet: Packet, now: number): void;
  /** Its sockets die with it. */
  forgetSockets(): void;
  /** Hibernation, eviction, a deploy: memory is gone; rows are not, and nor are the sockets that are left. */
  sleep(now: number): void;
}

/** The other end of a socket. */
export interface Client {
  readonly role: Link['role'];
  readonly server: Server;
  /** By its token: which host, or which client of a member. */
  readonly client: string;
  /** Of a keeper's socket: its start of the agent (N2). */
  readonly generation: number;
  link: Link | null;
  attach(link: Link, now: number): void;
  /** `code`: the close that ended it. */
  detach(now: number, code: number): void;
  receive(packet: Packet, now: number): void;
  /** The socket has written so much of what this end sent. */
  drained(bytes: number, now: number): void;
}
