import { isTerminalClose } from '@muster/protocol';
import type { Keeper } from './keeper.ts';
import { Link, type Packet } from './link.ts';
import type { Random } from './random.ts';
import { Reset, type Room } from './room.ts';
import type { Viewer } from './viewer.ts';

/** Every socket there is. `owner` null: its client has gone, and the room does not know it yet. */
interface Line {
  readonly link: Link;
  owner: Keeper | Viewer | null;
}

/** The sockets between keepers, room and viewers: what is under way, and which end believes what. */
export class Network {
  readonly lines: Line[] = [];
  private readonly room: Room;
  private readonly random: Random;
  private readonly isKeeper: (owner: Keeper | Viewer) => owner is Keeper;
  private links = 0;

  constructor(room: Room, random: Random, isKeeper: (owner: Keeper | Viewer) => owner is Keeper) {
    this.room = room;
    this.random = random;
    this.isKeeper = isKeeper;
  }

  get quiet(): boolean {
    return this.lines.every(({ link }) => link.quiet);
  }

  any(): Link | null {
    return this.lines[this.random.between(0, this.lines.length - 1)]?.link ?? null;
  }

  dial(owner: Keeper | Viewer, now: number): void {
    if (owner.link !== null) return;
    this.links += 1;
    const keeper = this.isKeeper(owner);
    const link = new Link(
      keeper ? 'keeper' : 'viewer',
      `${keeper ? 'keeper' : 'viewer'}-${this.links}`,
      keeper ? owner.setting.generation : 0,
    );
    this.lines.push({ link, owner });
    this.inRoom(() => this.room.accept(link, now), now);
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
    const owner = this.forget(link);
    this.inRoom(() => this.room.left(link, now), now);
    owner?.detach(now);
  }

  /** The client is gone, and the room does not know: what was sent may still arrive. */
  abandon(link: Link, now: number): void {
    const line = this.lines.find((candidate) => candidate.link === link);
    const owner = line?.owner ?? null;
    if (line === undefined || owner === null) return;
    line.owner = null;
    owner.detach(now);
  }

  /** The object dies with its sockets, as in a deploy: what it had not stored is gone. */
  reset(now: number): void {
    this.room.fuse = null;
    this.room.sockets.clear();
    for (const { link, owner } of this.lines.splice(0)) {
      link.cut();
      owner?.detach(now);
    }
    this.room.sleep();
  }

  /** Something reaches the object; it may be reset in the middle of it. */
  inRoom(happens: () => void, now: number): void {
    try {
      happens();
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      this.reset(now);
    }
  }

  private forget(link: Link): Keeper | Viewer | null {
    const at = this.lines.findIndex((line) => line.link === link);
    const [line] = at < 0 ? [] : this.lines.splice(at, 1);
    return line?.owner ?? null;
  }

  private deliverOn({ link, owner }: Line, now: number): void {
    const up = link.toServer.length > 0 && (link.toClient.length === 0 || this.random.next() < 0.5);
    const packet = up ? link.toServer.shift() : link.toClient.shift();
    if (packet === undefined) return;
    if (up) return this.toRoom(link, owner, packet, now);
    if (typeof packet === 'object' && 'closed' in packet) return this.hangUp(link, packet.closed, now);
    owner?.hear(packet, now);
  }

  private toRoom(link: Link, owner: Keeper | Viewer | null, packet: Packet, now: number): void {
    this.inRoom(() => this.room.hear(link, packet, now), now);
    if (owner !== null && this.isKeeper(owner) && owner.link === link && packet instanceof Uint8Array) {
      owner.input({ type: 'drained', bytes: packet.length }, now);
    }
  }

  /** The room closed it; N2: a terminal code ends a keeper. */
  private hangUp(link: Link, code: number, now: number): void {
    const owner = this.forget(link);
    if (owner === null) return;
    owner.detach(now);
    if (this.isKeeper(owner) && isTerminalClose(code)) owner.ended = true;
  }
}
