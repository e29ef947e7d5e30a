import {
  type Epoch,
  framesOf,
  type KeeperMessage,
  type Snapshot,
  type StreamEvent,
  snapshotOf,
  type ToKeeperMessage,
  textOf,
} from '@muster/protocol';
import { eventsOf, headerOf } from './frames.ts';
import { unpacked } from './unpacked.ts';

type Header = ReturnType<typeof headerOf>;

/** A reader's frames of one epoch, a line each, and how the epoch ended for it. */
export interface ReadEpoch {
  readonly epoch: Epoch;
  readonly frames: Map<number, string>;
  readonly gaps: [number, number][];
  next: number;
  /** Another epoch followed and nobody knows what stood at this one's end. */
  endLost: boolean;
}

const STORE_BYTES = 1024 * 1024;

/** A room as the keeper sees it (S3, S4, S4a): pure, so it serves property tests and the fake server alike. */
export class RoomModel {
  readonly fetched: Uint8Array[] = [];
  /** S14: those of frames it had when they came; `early` counts the others. */
  readonly snapshots: Snapshot[] = [];
  early = 0;
  #read: ReadEpoch[] = [];
  /** The state that a reset restores. */
  #stored: ReadEpoch[] = [];
  #unstored = 0;
  /** The resend that was asked on this socket and has not been answered. */
  #asked: string | null = null;
  #newEvents: StreamEvent[] = [];
  readonly #onFrame: (stream: number, data: Uint8Array) => void;

  /** Whether the frames themselves are kept, rather than only handed on. */
  readonly #keeps: boolean;

  constructor(onFrame?: (stream: number, data: Uint8Array) => void) {
    this.#onFrame = onFrame ?? (() => {});
    this.#keeps = onFrame === undefined;
  }

  get epochs(): readonly ReadEpoch[] {
    return this.#read;
  }

  get current(): ReadEpoch | undefined {
    return this.#read.at(-1);
  }

  /** The events accepted since the last call. */
  takeEvents(): StreamEvent[] {
    return this.#newEvents.splice(0);
  }

  /** Evicted: what was not stored is forgotten, sockets stay. */
  reset(): void {
    this.#read = copied(this.#stored);
    this.#asked = null;
    this.#unstored = 0;
  }

  receive(message: KeeperMessage): ToKeeperMessage[] {
    if (message.type === 'keeper:hello') {
      this.#asked = null;
      this.#store();
      const { epoch = null, next = 1 } = this.current ?? {};
      return [{ type: 'room:welcome', payload: { epoch, next, batchVersion: 1, hooks: true } }];
    }
    return message.type === 'stream:flush' ? this.#store() : [];
  }

  take(bytes: Uint8Array): ToKeeperMessage[] {
    const header = headerOf(bytes);
    if (header.fetched) {
      this.fetched.push(bytes);
      return [];
    }
    return unpacked(bytes).flatMap((each) => this.#takeOne(each, headerOf(each)));
  }

  #takeOne(bytes: Uint8Array, header: Header): ToKeeperMessage[] {
    const now = this.current;
    if (header.kind === 'snapshot') {
      this.#picture(bytes, header);
      return [];
    }
    if (now === undefined || header.epoch !== now.epoch) {
      if (this.#read.some(({ epoch }) => epoch === header.epoch)) return [];
      const refusal = this.#enter(bytes, header);
      if (refusal !== null) return refusal;
    }
    const current = this.current;
    if (current === undefined || header.last < current.next) return [];
    if (header.kind !== 'gap' && header.first > current.next) return this.#ask(current.epoch, current.next);
    this.#asked = null;
    this.#accept(current, bytes, header);
    return header.kind === 'event' || this.#unstored >= STORE_BYTES ? this.#store() : [];
  }

  #picture(bytes: Uint8Array, header: Header): void {
    const snapshot = snapshotOf(bytes, header);
    const { epoch, next = 0 } = this.current ?? {};
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    if (header.epoch === epoch && header.last < next) this.snapshots.push(snapshot.value);
    else this.early += 1;
  }

  /** Moves to the epoch of this batch, or says what is missing before it can. */
  #enter(bytes: Uint8Array, header: Header): ToKeeperMessage[] | null {
    if (header.first !== 1) return this.#ask(header.epoch, 1);
    const before = this.current;
    const open = header.kind === 'event' ? eventsOf(bytes, header)[0] : undefined;
    if (before !== undefined) {
      const previous = open?.type === 'epoch:open' ? open.previous : null;
      const mine = previous?.epoch === before.epoch ? previous : null;
      if (mine !== null && mine.last >= before.next) return this.#ask(before.epoch, before.next);
      before.endLost = !(mine?.complete ?? false);
    }
    this.#read.push({ epoch: header.epoch, frames: new Map(), gaps: [], next: 1, endLost: false });
    return null;
  }

  #accept(current: ReadEpoch, bytes: Uint8Array, header: Header): void {
    if (header.kind === 'gap') {
      current.gaps.push([current.next, header.last]);
    } else {
      if (header.kind === 'event' && header.first >= current.next)
        this.#newEvents.push(...eventsOf(bytes, header));
      for (const { sequence, stream, data } of framesOf(bytes, header)) {
        if (sequence < current.next) continue;
        if (this.#keeps) current.frames.set(sequence, `${header.kind} ${stream} ${textOf(data)}`);
        if (header.kind === 'output') this.#onFrame(stream, data);
      }
    }
    current.next = header.last + 1;
    this.#unstored += header.length;
  }

  #ask(epoch: Epoch, from: number): ToKeeperMessage[] {
    const key = `${epoch}:${from}`;
    if (this.#asked === key) return [];
    this.#asked = key;
    return [{ type: 'stream:resend', payload: { epoch, from } }];
  }

  #store(): ToKeeperMessage[] {
    const current = this.current;
    if (current === undefined) return [];
    this.#stored = copied(this.#read);
    this.#unstored = 0;
    return [{ type: 'stream:ack', payload: { epoch: current.epoch, sequence: current.next - 1 } }];
  }
}

const copied = (epochs: readonly ReadEpoch[]) =>
  epochs.map((each) => ({ ...each, frames: new Map(each.frames), gaps: [...each.gaps] }));
