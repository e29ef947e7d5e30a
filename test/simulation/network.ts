import { CLOSE } from '@muster/protocol';
import { Link, type Packet } from './link.ts';
import type { Random } from './random.ts';
import { type Client, Reset, type Server } from './server.ts';

/** Every socket there is. `owner` null: its client has gone, and the server does not know it yet. */
interface Line {
  readonly link: Link;
  readonly server: Server;
  owner: Client | null;
}

/** The code a client sees when nobody closed a socket in form. */
const ABNORMAL = 1006;

/** The sockets between objects and their clients: what is under way, and which end believes what. */
export class Network {
  readonly lines: Line[] = [];
  /** Told of each object that was reset. */
  lost: (server: Server) => void = () => {};
  private readonly random: Random;
  private links = 0;

  constructor(random: Random) {
    this.random = random;
  }

  get quiet(): boolean {
    return this.lines.every(({ link }) => link.quiet);
  }

  any(): Link | null {
    return this.pick(this.lines);
  }

  /** One that carries an agent's stream. */
  anyStream(): Link | null {
    return this.pick(this.lines.filter(({ link }) => link.role === 'viewer' || link.role === 'keeper'));
  }

  private pick(lines: readonly Line[]): Link | null {
    return lines[this.random.between(0, lines.length - 1)]?.link ?? null;
  }

  dial(owner: Client, now: number): void {
    if (owner.link !== null) return;
    this.links += 1;
    const { role, server, client, generation } = owner;
    const link = new Link(role, `${role}-${this.links}`, client, generation);
    this.lines.push({ link, server, owner });
    this.inServer(server, () => server.accept(link, now), now);
    // The object may have died of it, and the socket with it.
    if (this.lines.some((line) => line.link === link)) owner.attach(link, now);
  }

  /** Some packets arrive, on any line, in each direction in order. */
  deliver(count: number, now: number): void {
    for (let packet = 0; packet < count; packet += 1) {
      const { length } = this.lines;
      const from = this.random.between(0, Math.max(0, length - 1));
      for (let step = 0; step < length; step += 1) {
        const line = this.lines[(from + step) % length];
        if (line === undefined || line.link.quiet || line.link.stalledUntil > now) continue;
        this.deliverOn(line, now);
        break;
      }
    }
  }

  /** Both ends know; what was under way is gone. */
  cut(link: Link, now: number): void {
    link.cut();
    const line = this.forget(link);
    if (line === null) return;
    this.inServer(line.server, () => line.server.left(link, now), now);
    line.owner?.detach(now, ABNORMAL);
  }

  /** The client is gone, and the server does not know: what was sent may still arrive. */
  abandon(link: Link, now: number): void {
    const line = this.lines.find((candidate) => candidate.link === link);
    const owner = line?.owner ?? null;
    if (line === undefined || owner === null) return;
    line.owner = null;
    owner.detach(now, ABNORMAL);
  }

  /** The object dies with its sockets, as in a deploy: what it had not stored is gone. */
  reset(server: Server, now: number): void {
    server.fuse = null;
    server.forgetSockets();
    this.lost(server);
    const mine = this.lines.filter((line) => line.server === server);
    for (const { link } of mine) {
      link.cut();
      this.forget(link);
    }
    server.sleep(now);
    for (const { owner } of mine) owner?.detach(now, ABNORMAL);
  }

  /** Something reaches an object; it may be reset in the middle of it. */
  inServer(server: Server, happens: () => void, now: number): void {
    try {
      happens();
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      this.reset(server, now);
    }
  }

  private forget(link: Link): Line | null {
    const at = this.lines.findIndex((line) => line.link === link);
    const [line] = at < 0 ? [] : this.lines.splice(at, 1);
    return line ?? null;
  }

  private deliverOn({ link, server, owner }: Line, now: number): void {
    const up = link.toServer.length > 0 && (link.toClient.length === 0 || this.random.next() < 0.5);
    const packet = up ? link.toServer.shift() : link.toClient.shift();
    if (packet === undefined) return;
    if (!up) return this.toClient(link, owner, packet, now);
    this.inServer(server, () => server.receive(link, packet, now), now);
    if (owner?.link === link && packet instanceof Uint8Array) owner.drained(packet.length, now);
  }

  private toClient(link: Link, owner: Client | null, packet: Packet, now: number): void {
    if (typeof packet === 'string' || packet instanceof Uint8Array || !('closed' in packet)) {
      owner?.receive(packet, now);
      return;
    }
    this.forget(link);
    owner?.detach(now, packet.closed);
  }
}

/** N1, N2: no try will be better than this one. */
export const isFinal = (code: number): boolean => code === CLOSE.superseded || code === CLOSE.notFound;
