import {
  batchBytes,
  ClientIdSchema,
  MemberIdSchema,
  type Placement,
  readBatch,
  type TeamId,
} from '@muster/protocol';
import { ROOM_LIMITS } from '../../worker/src/room/core/limits.ts';
import { handle, nextDuty } from '../../worker/src/room/core/room.ts';
import { type RoomState, wakeRoom } from '../../worker/src/room/core/state.ts';
import type { Effect, RoomEvent, Subscription } from '../../worker/src/room/core/types.ts';
import { MemoryRoomStore } from '../../worker/src/room/store/memory.ts';
import type { Checks } from './checks.ts';
import { Credit, endOf } from './credit.ts';
import { keeperSaid, type Link, type Packet, packed, viewerSaid } from './link.ts';
import { RoomOracle } from './room-oracle.ts';
import type { Truth } from './truth.ts';

interface Socket {
  readonly link: Link;
  readonly credit: Credit;
  subscription: Subscription | null;
  hello: boolean;
}

export interface RoomSetting {
  readonly truth: Truth;
  readonly checks: Checks;
  readonly team: TeamId;
  readonly placement: Placement;
  readonly codec: boolean;
}

/** A Durable Object: the real core, a store that survives, sockets with attachments. */
export class Room {
  readonly sockets = new Map<string, Socket>();
  readonly oracle: RoomOracle;
  /** Events that changed the core's state. */
  events = 0;
  commits = 0;
  /** R3: the lobby cannot be reached. */
  lobbyAway = false;
  /** After this many further effects the object is reset in the middle of its work. */
  fuse: number | null = null;
  protected readonly store: MemoryRoomStore;
  protected state: RoomState;
  private readonly setting: RoomSetting;
  private readonly reports: number[] = [];
  private ids = 0;
  /** A close is an event within an event. */
  private depth = 0;
  private keeper: string | null = null;

  constructor(setting: RoomSetting, now: number, store = new MemoryRoomStore()) {
    this.setting = setting;
    this.store = store;
    this.oracle = new RoomOracle(setting.checks, setting.truth);
    this.state = this.wake();
    this.place(setting.placement, now);
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

  place(placement: Placement, now: number): void {
    this.do({ type: 'placed', team: this.setting.team, placement }, now);
  }

  accept(link: Link, now: number): void {
    this.sockets.set(link.connection, { link, credit: new Credit(), subscription: null, hello: false });
    if (link.role !== 'viewer') return;
    this.do({ type: 'viewer-joined', connection: link.connection, member: memberOf(link.connection) }, now);
  }

  left({ connection }: Link, now: number): void {
    if (this.keeper === connection) this.keeper = null;
    if (this.sockets.delete(connection)) this.do({ type: 'left', connection }, now);
  }

  /** What was under way when a socket was closed still arrives (N2). */
  hear(link: Link, packet: Packet, now: number): void {
    const { connection } = link;
    if (packet instanceof Uint8Array) {
      const header = readBatch(packet);
      if (!header.ok) throw new Error(header.error.message);
      this.do(
        { type: 'batch', connection, header: header.value, bytes: batchBytes(packet, header.value) },
        now,
      );
      return;
    }
    if (link.role === 'keeper') {
      const message = keeperSaid(packet);
      this.do({ type: 'keeper-said', connection, message }, now);
    } else {
      const message = viewerSaid(packet);
      const credit = this.sockets.get(connection)?.credit;
      if (message.type === 'flow:ack') credit?.acked(message.payload.epoch, message.payload.sequence);
      if (message.type === 'subscribe:agent') credit?.reset();
      this.do({ type: 'viewer-said', connection, message }, now);
    }
  }

  alarm(now: number): void {
    this.do({ type: 'alarm' }, now);
  }

  /** Hibernation or eviction: memory is gone; sockets, attachments and rows are not. */
  sleep(): void {
    this.depth = 0;
    this.reports.length = 0;
    this.state = this.wake();
    for (const { credit } of this.sockets.values()) credit.reset();
  }

  /** Where a planted fault may stand around the core. */
  protected decide(event: RoomEvent, now: number): Effect[] {
    return handle(this.state, event, {
      now,
      read: (slot) => this.store.read(slot),
      readSnapshot: () => this.store.readSnapshot(),
      seen: () => now,
      freshId: () => `id-${++this.ids}`,
    });
  }

  protected wake(): RoomState {
    const viewers = [...this.sockets].flatMap(([connection, { link, subscription }]) =>
      link.role === 'viewer' ? [{ connection, member: memberOf(connection), subscription }] : [],
    );
    this.keeper = [...this.sockets].findLast(([, socket]) => socket.hello)?.[0] ?? null;
    const state = wakeRoom(this.store.load(), { viewers, keeper: this.keeper });
    this.oracle.woke(state);
    return state;
  }

  private do(event: RoomEvent, now: number): void {
    this.depth += 1;
    this.one(event, now);
    for (const revision of this.reports.splice(0)) {
      this.one({ type: 'reported', revision: this.lobbyAway ? null : revision }, now);
    }
    this.depth -= 1;
    if (this.depth === 0) this.holdAttachments();
  }

  private one(event: RoomEvent, now: number): void {
    const before = this.oracle.mark(this.state);
    const owed = this.owedBy(event);
    const effects = this.decide(event, now);
    this.oracle.handled(before, event, this.keeper, this.state);
    const moved = this.state.next !== before.next || this.owedBy(event) !== owed;
    if (moved || effects.length > 0) this.events += 1;
    for (const effect of effects) {
      if (this.fuse !== null && this.fuse-- <= 0) {
        this.fuse = null;
        throw new Reset();
      }
      this.oracle.effect(effect);
      this.carryOut(effect, now);
    }
  }

  /** A number that is another once an ack changed what a viewer owes. */
  private owedBy(event: RoomEvent): number {
    const viewer = event.type === 'viewer-said' ? this.state.viewers.get(event.connection) : undefined;
    return viewer === undefined ? 0 : viewer.ackedTotal - viewer.owed.length;
  }

  /** S7: what a socket's attachment says is where the core has its viewer. */
  private holdAttachments(): void {
    for (const [connection, { subscription }] of this.sockets) {
      const viewer = this.state.viewers.get(connection);
      if (viewer === undefined) continue;
      this.setting.checks.hold(
        'S7',
        viewer.subscription === subscription,
        () => `the attachment of ${connection} is stale`,
      );
    }
  }

  private carryOut(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'send':
        this.sockets.get(effect.to)?.link.toClient.push(packed(effect.message, this.setting.codec));
        return;
      case 'tell':
        this.sockets.get(effect.keeper)?.link.toClient.push(packed(effect.message, this.setting.codec));
        return;
      case 'forward':
        return this.forward(effect.to, effect.bytes);
      case 'close':
        return this.close(effect.connection, effect.code, now);
      case 'attach-viewer': {
        const socket = this.sockets.get(effect.connection);
        if (socket !== undefined) socket.subscription = effect.subscription;
        return;
      }
      case 'attach-keeper':
        return this.attachKeeper(effect.connection);
      case 'commit':
        this.commits += 1;
        return this.commit(effect);
      case 'report':
        this.reports.push(effect.revision);
    }
  }

  protected commit({ commit }: Extract<Effect, { type: 'commit' }>): void {
    this.store.commit(commit);
    this.oracle.committed(commit, this.store);
  }

  private attachKeeper(connection: string): void {
    const socket = this.sockets.get(connection);
    if (socket === undefined) return;
    const newest = this.state.durable?.placement.generation;
    const { generation } = socket.link;
    this.setting.checks.hold(
      'N2',
      generation === newest,
      () => `start ${generation} was let in, ${newest} counts`,
    );
    socket.hello = true;
    this.keeper = connection;
  }

  private close(connection: string, code: number, now: number): void {
    const socket = this.sockets.get(connection);
    if (socket === undefined) return;
    socket.link.toClient.push({ closed: code });
    this.left(socket.link, now);
  }

  /** S8: whoever owes 1 MiB gets one message more at most. */
  private forward(to: readonly string[], bytes: Uint8Array): void {
    const end = endOf(bytes);
    for (const connection of to) {
      const socket = this.sockets.get(connection);
      if (socket === undefined) continue;
      const { credit } = socket;
      this.setting.checks.hold(
        'S8',
        credit.bytes <= ROOM_LIMITS.parkBytes,
        () => `${connection} owes ${credit.bytes} bytes and is sent more`,
      );
      credit.sent(end, bytes.length);
      socket.link.toClient.push(bytes);
    }
  }
}

/** The object was reset in the middle of an event: what was sent is sent, what was not committed is gone. */
export class Reset extends Error {}

const ADA = MemberIdSchema.parse('ada');
const memberOf = (connection: string) => ({
  id: ADA,
  name: 'Ada',
  role: 'admin' as const,
  clientId: ClientIdSchema.parse(connection),
});
