import {
  batchBytes,
  ClientIdSchema,
  type Commands,
  type ConversationId,
  type Epoch,
  encodeInput,
  type InputFrame,
  MemberIdSchema,
  type Role,
  readBatch,
  type ViewerMessage,
} from '@muster/protocol';
import { commandsOf } from '../../../src/agent-room/core/commands/views.ts';
import { earliestDeadline, handle, nextDeadline } from '../../../src/agent-room/core/handle.ts';
import { type RoomState, restoreRoom } from '../../../src/agent-room/core/state.ts';
import type { Effect, RoomEvent, Subscription } from '../../../src/agent-room/core/types.ts';
import { MemoryRoomStore } from '../../../src/agent-room/storage/memory.ts';
import { E1, KEEPER, opened, placementOf, TEAM, UID } from './frames.ts';

export * from './effects.ts';
export * from './frames.ts';

/** The room's core with a store that survives, sockets that can sleep, and everything it did, in order. */
export class Rig {
  readonly store = new MemoryRoomStore();
  readonly effects: Effect[] = [];
  now = 1_000_000;
  lastSeenAt = new Map<string, number>();
  room: RoomState;
  private ids = 0;
  private readonly attached = new Map<string, Subscription | null>();
  private readonly reads = new Map<string, readonly ConversationId[]>();
  private readonly chats = new Set<string>();
  private readonly roles = new Map<string, Role>();
  private readonly names = new Map<string, string>();
  private keeper: string | null = null;
  private takesFrames = false;
  private endsInput = false;

  constructor(generation = 1) {
    this.room = this.wake();
    this.do({ type: 'placed', team: TEAM, placement: placementOf(generation) });
  }

  private wake(): RoomState {
    const viewers = [...this.attached].map(([connection, subscription]) => ({
      connection,
      member: this.memberOf(connection),
      subscription,
      chats: this.chats.has(connection),
      reads: this.reads.get(connection) ?? [],
    }));
    const keeper =
      this.keeper === null
        ? null
        : { connection: this.keeper, takesFrames: this.takesFrames, endsInput: this.endsInput };
    return restoreRoom(this.store.load(), { viewers, keeper });
  }

  private memberOf(connection: string) {
    return {
      id: MemberIdSchema.parse((this.names.get(connection) ?? 'Ada').toLowerCase()),
      name: this.names.get(connection) ?? 'Ada',
      role: this.roles.get(connection) ?? ('admin' as const),
      clientId: ClientIdSchema.parse(`client-of-${connection}`),
    };
  }

  /** One event; its effects are carried out on the store and kept for looking at. */
  do(event: RoomEvent): Effect[] {
    const effects = handle(this.room, event, {
      now: this.now,
      read: (slot) => this.store.read(slot),
      readSnapshot: () => this.store.readSnapshot(),
      readItem: (conversationId, itemId) => this.store.readItem(conversationId, itemId),
      readItems: (query) => this.store.readItems(query),
      readFile: (fileId, offset, length) => this.store.readFile(fileId, offset, length),
      readAudit: (after, most) => this.store.readAudit(after, most),
      lastSeen: (connection) => this.lastSeenAt.get(connection) ?? this.now,
      freshId: () => `id-${++this.ids}`,
    });
    // H2: an event that leaves the deadline as it was must not have moved it.
    const due = earliestDeadline(this.room);
    if (nextDeadline(this.room) !== due) throw new Error(`H2: ${event.type} moved the deadline to ${due}`);
    for (const effect of effects) {
      if (effect.type === 'commit') this.store.commit(effect.commit);
      if (effect.type === 'attach-viewer') this.attached.set(effect.connection, effect.subscription);
      if (effect.type === 'attach-reads') this.reads.set(effect.connection, effect.reads);
      if (effect.type === 'attach-keeper') {
        this.keeper = effect.connection;
        this.takesFrames = effect.hello.takesFrames;
        this.endsInput = effect.hello.endsInput;
      }
      if (effect.type === 'close') this.forget(effect.connection);
    }
    this.effects.push(...effects);
    return effects;
  }

  private forget(connection: string): void {
    this.attached.delete(connection);
    this.reads.delete(connection);
    if (this.keeper === connection) this.keeper = null;
  }

  /** Hibernation or eviction: memory is gone, sockets and rows stay. */
  sleep(): void {
    this.room = this.wake();
  }

  /** A deploy or a crash: the sockets are gone too. */
  reset(): void {
    this.attached.clear();
    this.reads.clear();
    this.keeper = null;
    this.sleep();
  }

  hello(
    connection = KEEPER,
    said: Partial<{
      generation: number;
      agentUid: string;
      epoch: Epoch;
      inputVersions: number[];
      now: number;
      endsInput: boolean;
      answers: boolean;
      openRequests: string[];
      policy: number | null;
      last: number;
    }> = {},
  ): Effect[] {
    const payload = {
      agentUid: UID,
      generation: 1,
      epoch: E1,
      first: 0,
      last: 0,
      batchVersions: [1],
      version: '0',
      ...said,
    };
    // The rig speaks as a keeper whose frame was decoded already.
    return this.do({
      type: 'keeper-message',
      connection,
      message: { type: 'keeper:hello', payload } as never,
    });
  }

  type(connection: string, frame: InputFrame): Effect[] {
    return this.do({ type: 'viewer-input', connection, frame, bytes: encodeInput(frame) });
  }

  batch(encoded: Uint8Array, connection = KEEPER): Effect[] {
    const header = readBatch(encoded);
    if (!header.ok) throw new Error(header.error.message);
    return this.do({
      type: 'batch',
      connection,
      header: header.value,
      bytes: batchBytes(encoded, header.value),
    });
  }

  flush(): Effect[] {
    return this.do({
      type: 'keeper-message',
      connection: KEEPER,
      message: { type: 'stream:flush', payload: {} },
    });
  }

  join(connection: string, role: Role = 'admin', name = 'Ada'): Effect[] {
    this.attached.set(connection, null);
    this.roles.set(connection, role);
    this.names.set(connection, name);
    const chats = this.chats.has(connection);
    return this.do({ type: 'viewer-joined', connection, member: this.memberOf(connection), chats });
  }

  /** C4: the same of a client that knows conversations. */
  joinChats(connection: string, role: Role = 'admin', name = 'Ada'): Effect[] {
    this.chats.add(connection);
    return this.join(connection, role, name);
  }

  /** M11, X5: their token was renewed, or their rights changed. */
  renew(connection: string, role: Role = 'admin', name = 'Ada'): Effect[] {
    this.roles.set(connection, role);
    this.names.set(connection, name);
    return this.do({ type: 'member-renewed', connection, member: this.memberOf(connection) });
  }

  /** `askedAt`: I1, when a request was first sent. */
  send<T extends ViewerMessage['type']>(
    connection: string,
    type: T,
    payload: object,
    id?: string,
    askedAt?: number,
  ): Effect[] {
    const message = { type, payload } as unknown as ViewerMessage;
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    return this.do({ type: 'viewer-message', connection, message, ...request });
  }

  /** The socket is gone, and the room was not there to hear it. */
  drop(connection: string): void {
    this.forget(connection);
  }

  /** The socket is gone. */
  leave(connection: string): Effect[] {
    this.forget(connection);
    return this.do({ type: 'disconnected', connection });
  }

  watch(connection: string, wish: object = {}): Effect[] {
    this.join(connection);
    return this.send(connection, 'subscribe:agent', { agentId: 'a', ...wish }, `sub-${connection}`);
  }
}

/** A room and its keeper, at the beginning of its first epoch. */
export function running(): Rig {
  const rig = new Rig();
  rig.hello();
  rig.batch(opened(E1));
  return rig;
}

/** Q9: all of the agent's commands, as everybody is shown them. */
export function commandsIn({ room }: Rig): Commands {
  const shown = room.durable === null ? null : commandsOf(room, room.durable);
  return shown ?? { queue: [], running: [], ended: [] };
}

/** When the room has something to do by itself, but for a report, which the lobby has. */
export function deadlineOf(rig: Rig): number | null {
  rig.do({ type: 'report-acked', revision: rig.room.sentRevision });
  return nextDeadline(rig.room);
}
