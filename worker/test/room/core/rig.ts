import {
  type AgentKind,
  AgentSpecSchema,
  batchBytes,
  ClientIdSchema,
  type Commands,
  type Epoch,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  encodeGap,
  encodeInput,
  encodeSnapshot,
  type Frame,
  framesOf,
  type InputFrame,
  MemberIdSchema,
  type Placement,
  type Role,
  readBatch,
  type ServerPayload,
  type ServerType,
  STREAM,
  type StreamEvent,
  TeamIdSchema,
  type TO_KEEPER_MESSAGES,
  type ToKeeperType,
  type ViewerMessage,
} from '@muster/protocol';
import type { z } from 'zod';
import { handle, nextDuty } from '../../../src/room/core/room.ts';
import { commandsOf } from '../../../src/room/core/show-commands.ts';
import { type RoomState, wakeRoom } from '../../../src/room/core/state.ts';
import type { Effect, RoomEvent, Subscription } from '../../../src/room/core/types.ts';
import { MemoryRoomStore } from '../../../src/room/store/memory.ts';

type OrderPayload<T extends ToKeeperType> = z.output<(typeof TO_KEEPER_MESSAGES)[T]>;

export const E1: Epoch = EpochSchema.parse('00000000000000e1');
export const E2: Epoch = EpochSchema.parse('00000000000000e2');
export const TEAM = TeamIdSchema.parse('default');
export const UID = '11111111-1111-4111-8111-111111111111';
export const KEEPER = 'keeper-1';

export function placementOf(generation = 1, kind: AgentKind = 'terminal'): Placement {
  const spec = AgentSpecSchema.parse({
    agentUid: UID,
    agentId: 'a',
    name: 'a',
    kind,
    hostId: '22222222-2222-4222-8222-222222222222',
    program: { command: 'bash', args: [] },
    workspace: '/work',
    terminal: { cols: 80, rows: 24 },
    restart: 'never',
    autostart: true,
  });
  return { spec, generation };
}

export const text = (data: Uint8Array) => new TextDecoder().decode(data);
const bytes = (data: string) => new TextEncoder().encode(data);

export function output(epoch: Epoch, first: number, ...chunks: string[]): Uint8Array {
  return encodeBatch({
    kind: 'output',
    epoch,
    first,
    chunks: chunks.map((chunk) => ({ stream: STREAM.stdout, data: bytes(chunk), time: 1_000 })),
  });
}

export const event = (epoch: Epoch, sequence: number, what: StreamEvent) =>
  encodeEvent(epoch, sequence, what, 1_000);
/** A screen that stands after `sequence`, of as many bytes. */
export const screen = (epoch: Epoch, sequence: number, size = 100) =>
  encodeSnapshot(
    { epoch, sequence, cols: 80, rows: 24, data: new Uint8Array(size), modes: bytes(''), pending: bytes('') },
    1_000,
  );
export const gap = (epoch: Epoch, from: number, to: number) =>
  encodeGap({ epoch, from, to, bytes: 1, time: 1_000 });
export const opened = (
  epoch: Epoch,
  previous: { epoch: Epoch; last: number; complete: boolean } | null = null,
) => event(epoch, 1, { type: 'epoch:open', previous, cause: previous === null ? 'first' : 'boot' });

/** The room's core with a store that survives, sockets that can sleep, and everything it did, in order. */
export class Rig {
  readonly store = new MemoryRoomStore();
  readonly effects: Effect[] = [];
  now = 1_000_000;
  heard = new Map<string, number>();
  room: RoomState;
  private ids = 0;
  private readonly attached = new Map<string, Subscription | null>();
  private readonly roles = new Map<string, Role>();
  private readonly names = new Map<string, string>();
  private keeper: string | null = null;
  private takesFrames = false;

  constructor(generation = 1) {
    this.room = this.wake();
    this.do({ type: 'placed', team: TEAM, placement: placementOf(generation) });
  }

  private wake(): RoomState {
    const viewers = [...this.attached].map(([connection, subscription]) => ({
      connection,
      member: this.memberOf(connection),
      subscription,
    }));
    const keeper = this.keeper === null ? null : { connection: this.keeper, takesFrames: this.takesFrames };
    return wakeRoom(this.store.load(), { viewers, keeper });
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
      seen: (connection) => this.heard.get(connection) ?? this.now,
      freshId: () => `id-${++this.ids}`,
    });
    for (const effect of effects) {
      if (effect.type === 'commit') this.store.commit(effect.commit);
      if (effect.type === 'attach-viewer') this.attached.set(effect.connection, effect.subscription);
      if (effect.type === 'attach-keeper') {
        this.keeper = effect.connection;
        this.takesFrames = effect.hello.takesFrames;
      }
      if (effect.type === 'close') this.forget(effect.connection);
    }
    this.effects.push(...effects);
    return effects;
  }

  private forget(connection: string): void {
    this.attached.delete(connection);
    if (this.keeper === connection) this.keeper = null;
  }

  /** Hibernation or eviction: memory is gone, sockets and rows stay. */
  sleep(): void {
    this.room = this.wake();
  }

  /** A deploy or a crash: the sockets are gone too. */
  reset(): void {
    this.attached.clear();
    this.keeper = null;
    this.sleep();
  }

  hello(
    connection = KEEPER,
    said: Partial<{ generation: number; agentUid: string; epoch: Epoch; inputVersions: number[] }> = {},
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
    return this.do({ type: 'keeper-said', connection, message: { type: 'keeper:hello', payload } as never });
  }

  type(connection: string, frame: InputFrame): Effect[] {
    return this.do({ type: 'viewer-typed', connection, frame, bytes: encodeInput(frame) });
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
      type: 'keeper-said',
      connection: KEEPER,
      message: { type: 'stream:flush', payload: {} },
    });
  }

  join(connection: string, role: Role = 'admin', name = 'Ada'): Effect[] {
    this.attached.set(connection, null);
    this.roles.set(connection, role);
    this.names.set(connection, name);
    return this.do({ type: 'viewer-joined', connection, member: this.memberOf(connection) });
  }

  say<T extends ViewerMessage['type']>(connection: string, type: T, payload: object, id?: string): Effect[] {
    const message = { type, payload } as unknown as ViewerMessage;
    return this.do({ type: 'viewer-said', connection, message, ...(id === undefined ? {} : { id }) });
  }

  /** The socket is gone, and the room was not there to hear it. */
  drop(connection: string): void {
    this.forget(connection);
  }

  /** The socket is gone. */
  leave(connection: string): Effect[] {
    this.forget(connection);
    return this.do({ type: 'left', connection });
  }

  watch(connection: string, wish: object = {}): Effect[] {
    this.join(connection);
    return this.say(connection, 'subscribe:agent', { agentId: 'a', ...wish }, `sub-${connection}`);
  }
}

export function sent<T extends ServerType>(
  effects: readonly Effect[],
  to: string,
  type: T,
): ServerPayload<T>[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.to === to && effect.message.type === type
      ? [effect.message.payload as ServerPayload<T>]
      : [],
  );
}

export function told<T extends ToKeeperType>(effects: readonly Effect[], type: T): OrderPayload<T>[] {
  return effects.flatMap((effect) =>
    effect.type === 'tell' && effect.message.type === type ? [effect.message.payload as OrderPayload<T>] : [],
  );
}

/** The frames a connection was sent, as they came: nothing dropped, nothing put in order. */
export function framesTo(effects: readonly Effect[], to: string): Frame[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'forward' || !effect.to.includes(to)) return [];
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < effect.bytes.length) {
      const header = readBatch(effect.bytes, offset);
      if (!header.ok) throw new Error(header.error.message);
      if (header.value.kind === 'output') frames.push(...framesOf(effect.bytes, header.value));
      offset += header.value.length;
    }
    return frames;
  });
}

/** The places of the snapshots a connection was sent, each with the output frames sent before it. */
export function snapshotsTo(effects: readonly Effect[], to: string) {
  let frames = 0;
  return effects.flatMap((effect) => {
    if (effect.type !== 'forward' || !effect.to.includes(to)) return [];
    const header = readBatch(effect.bytes);
    if (!header.ok) throw new Error(header.error.message);
    const { kind, epoch, last: sequence } = header.value;
    if (kind === 'snapshot') return [{ epoch, sequence, after: frames }];
    frames += framesTo([effect], to).length;
    return [];
  });
}

export const textTo = (effects: readonly Effect[], to: string) =>
  framesTo(effects, to)
    .map((frame) => text(frame.data))
    .join('');

export const sequencesTo = (effects: readonly Effect[], to: string) =>
  framesTo(effects, to).map((frame) => frame.sequence);

/** Q9: all of the agent's commands, as everybody is shown them. */
export function commandsIn({ room }: Rig): Commands {
  const shown = room.durable === null ? null : commandsOf(room, room.durable);
  return shown ?? { queue: [], running: [], ended: [] };
}

export const commits = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'commit' ? [effect.commit] : []));

/** When the room has something to do by itself, but for a report, which the lobby has. */
export function dutyOf(rig: Rig): number | null {
  rig.do({ type: 'reported', revision: rig.room.toldRevision });
  return nextDuty(rig.room);
}
