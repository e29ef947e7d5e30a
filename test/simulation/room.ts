import {
  batchBytes,
  decodeKeeper,
  decodeViewer,
  encodeMessage,
  type Placement,
  readBatch,
  type TeamId,
} from '@muster/protocol';
import { handle, nextDuty } from '../../worker/src/room/core/room.ts';
import { type RoomState, wakeRoom } from '../../worker/src/room/core/state.ts';
import type { Effect, RoomEvent, Subscription } from '../../worker/src/room/core/types.ts';
import { MemoryRoomStore } from '../../worker/src/room/store/memory.ts';
import type { Link, Packet } from './link.ts';

type Socket = {
  readonly link: Link;
  readonly role: 'viewer' | 'keeper';
  subscription: Subscription | null;
  hello: boolean;
};

/** A Durable Object: the real core, a store that survives, sockets with attachments. */
export class Room {
  readonly store = new MemoryRoomStore();
  readonly sockets = new Map<string, Socket>();
  private state: RoomState;
  private readonly reports: number[] = [];
  private ids = 0;
  /** After this many further effects the object is reset in the middle of its work. */
  fuse: number | null = null;

  constructor(team: TeamId, placement: Placement, now: number) {
    this.state = this.wake();
    this.do({ type: 'placed', team, placement }, now);
  }

  private wake(): RoomState {
    const { durable, segments, requests } = this.store.load();
    const viewers = [...this.sockets].flatMap(([connection, { role, subscription }]) =>
      role === 'viewer' ? [{ connection, member: memberOf(connection), subscription }] : [],
    );
    const keeper = [...this.sockets].findLast(([, socket]) => socket.hello)?.[0] ?? null;
    return wakeRoom(durable, segments, requests, { viewers, keeper });
  }

  get duty(): number | null {
    return nextDuty(this.state);
  }

  get next(): number {
    return this.state.next;
  }

  get hasTail(): boolean {
    return this.state.tail !== null;
  }

  accept(link: Link, role: 'viewer' | 'keeper', now: number): void {
    this.sockets.set(link.connection, { link, role, subscription: null, hello: false });
    if (role === 'viewer') {
      this.do({ type: 'viewer-joined', connection: link.connection, member: memberOf(link.connection) }, now);
    }
  }

  left(link: Link, now: number): void {
    link.serverUp = false;
    if (this.sockets.delete(link.connection)) this.do({ type: 'left', connection: link.connection }, now);
  }

  hear(link: Link, packet: Packet, now: number): void {
    const { connection } = link;
    const socket = this.sockets.get(connection);
    if (socket === undefined) return;
    if (typeof packet !== 'string') {
      const header = readBatch(packet);
      if (!header.ok) throw new Error(header.error.message);
      this.do(
        { type: 'batch', connection, header: header.value, bytes: batchBytes(packet, header.value) },
        now,
      );
      return;
    }
    if (socket.role === 'keeper') {
      const decoded = decodeKeeper(packet);
      if (!decoded.ok) throw new Error(decoded.error.error.message);
      this.do({ type: 'keeper-said', connection, message: decoded.value.message }, now);
      return;
    }
    const decoded = decodeViewer(packet);
    if (!decoded.ok) throw new Error(decoded.error.error.message);
    this.do({ type: 'viewer-said', connection, message: decoded.value.message }, now);
  }

  alarm(now: number): void {
    this.do({ type: 'alarm' }, now);
  }

  /** Hibernation or eviction: memory is gone; sockets, attachments and rows are not. */
  sleep(): void {
    this.state = this.wake();
  }

  private do(event: RoomEvent, now: number): void {
    this.one(event, now);
    // The lobby answers at once and never fails: it is no part of this world.
    for (const revision of this.reports.splice(0)) this.one({ type: 'reported', revision }, now);
  }

  private one(event: RoomEvent, now: number): void {
    const effects = handle(this.state, event, {
      now,
      read: (slot) => this.store.read(slot),
      seen: () => now,
      freshId: () => `id-${++this.ids}`,
    });
    for (const effect of effects) {
      if (this.fuse !== null && this.fuse-- <= 0) {
        this.fuse = null;
        throw new Reset();
      }
      this.carryOut(effect, now);
    }
  }

  private carryOut(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'send':
        return this.give(effect.to, encodeMessage(effect.message));
      case 'tell':
        return this.give(effect.keeper, encodeMessage(effect.message));
      case 'forward':
        for (const to of effect.to) this.give(to, effect.bytes.slice());
        return;
      case 'close': {
        const socket = this.sockets.get(effect.connection);
        if (socket !== undefined) this.left(socket.link, now);
        return;
      }
      case 'attach-viewer': {
        const socket = this.sockets.get(effect.connection);
        if (socket !== undefined) socket.subscription = effect.subscription;
        return;
      }
      case 'attach-keeper': {
        const socket = this.sockets.get(effect.connection);
        if (socket !== undefined) socket.hello = true;
        return;
      }
      case 'commit':
        return this.store.commit(effect.commit);
      case 'report':
        this.reports.push(effect.revision);
    }
  }

  private give(connection: string, packet: Packet): void {
    const socket = this.sockets.get(connection);
    if (socket?.link.serverUp) socket.link.toClient.push(packet);
  }
}

/** The object was reset in the middle of an event: what was sent is sent, what was not committed is gone. */
export class Reset extends Error {}

const memberOf = (connection: string) => ({ id: 'ada', role: 'admin' as const, clientId: connection });
