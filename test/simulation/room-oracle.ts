import type { Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from '../../worker/src/agent-room/core/limits.ts';
import type { RoomState } from '../../worker/src/agent-room/core/state.ts';
import type {
  Commit,
  Durable,
  Effect,
  RoomEvent,
  SegmentInfo,
} from '../../worker/src/agent-room/core/types.ts';
import type { Checks } from './checks.ts';
import type { RequestOracle } from './request-oracle.ts';
import type { Truth } from './truth.ts';

/** What a room was before an event. */
export interface Mark {
  readonly epoch: Epoch | null;
  readonly next: number;
}

/** Watches a room from outside: what it decides, stores and says. */
export class RoomOracle {
  private readonly checks: Checks;
  private readonly truth: Truth;
  private readonly requests: RequestOracle;
  private readonly slots = new Map<number, SegmentInfo>();
  private readonly stored = new Map<string, number>();
  /** S10: what the host had dropped before the room got it. */
  private readonly gaps: { readonly epoch: Epoch; readonly first: number; readonly last: number }[] = [];
  /** S4a: the width that the stored events say. */
  private cols: number | null = null;
  private storedRevision = 0;
  private sentRevision = 0;
  private reported = 0;
  /** S3: the resend asked for and not yet answered. */
  private asked = '';

  constructor(checks: Checks, truth: Truth, requests: RequestOracle) {
    this.checks = checks;
    this.truth = truth;
    this.requests = requests;
  }

  lastStored(epoch: Epoch): number {
    return this.stored.get(epoch) ?? 0;
  }

  /** Whether it was ever stored as what it is, and not as dropped. */
  hadStored(epoch: Epoch, sequence: number): boolean {
    return sequence <= this.lastStored(epoch) && !this.isGap(epoch, sequence);
  }

  holds(epoch: Epoch, sequence: number): boolean {
    if (this.isGap(epoch, sequence)) return false;
    return [...this.slots.values()].some(
      (segment) => segment.epoch === epoch && segment.first <= sequence && sequence <= segment.last,
    );
  }

  private isGap(epoch: string, sequence: number): boolean {
    return this.gaps.some((gap) => gap.epoch === epoch && gap.first <= sequence && sequence <= gap.last);
  }

  mark(state: RoomState): Mark {
    return { epoch: state.durable?.epoch ?? null, next: state.next };
  }

  /** S3: a room that wakes goes on where it stored. R1: at a revision nobody was told less than. */
  woke(state: RoomState): void {
    const epoch = state.durable?.epoch ?? null;
    const stored = epoch === null ? 0 : this.lastStored(epoch);
    this.checks.hold('S3', state.next === stored + 1, () => `woke at ${state.next}, stored ${stored}`);
    this.checks.hold(
      'R1',
      (state.durable?.revision ?? 0) >= this.sentRevision,
      () => `woke at revision ${state.durable?.revision}, told ${this.sentRevision}`,
    );
    this.asked = '';
    // Presence is not stored: what was told of it last is not known any more.
    this.reported = 0;
  }

  /** `keeper`: whose word counted when the event came (N2). */
  handled(before: Mark, event: RoomEvent, keeper: string | null, state: RoomState): void {
    const { checks } = this;
    const now = this.mark(state);
    const moved = now.next !== before.next || now.epoch !== before.epoch;
    if (now.epoch === before.epoch) {
      checks.hold('S3', now.next >= before.next, () => `next went from ${before.next} to ${now.next}`);
    }
    if (event.type !== 'batch') {
      checks.hold('S3', !moved, () => `next moved at ${event.type}`);
      // A flush is answered, by the same question where there is no ack to answer with (S4).
      if (event.type === 'keeper-message' && event.message.type === 'stream:flush') this.asked = '';
      return;
    }
    const { header, connection } = event;
    checks.hold('N2', !moved || connection === keeper, () => `${connection} wrote, the keeper is ${keeper}`);
    if (!moved) return;
    this.asked = '';
    if (header.kind === 'gap') this.gaps.push(header);
    const wanted = now.epoch === before.epoch ? before.next : 1;
    checks.hold(
      'S3',
      header.epoch === now.epoch && header.first <= wanted && now.next === header.last + 1,
      () => `${header.first}–${header.last} was taken where ${wanted} was wanted`,
    );
    if (header.kind === 'event')
      checks.hold('S4a', state.tail === null, () => `${header.last} is not stored`);
  }

  effect(effect: Effect): void {
    switch (effect.type) {
      case 'send-to-keeper':
        return this.holdSent(effect);
      case 'send': {
        const { message } = effect;
        if (message.type === 'agent:state') this.holdRevision(message.payload.revision);
        if (message.type === 'agent:status') this.holdRevision(message.payload.revision ?? 0);
        return;
      }
      case 'report':
        this.checks.hold(
          'R3',
          effect.revision >= this.reported,
          () => `report ${effect.revision} after ${this.reported}`,
        );
        this.reported = effect.revision;
    }
  }

  private holdSent({ keeper, message }: Extract<Effect, { type: 'send-to-keeper' }>): void {
    if (message.type === 'stream:ack') {
      const { epoch, sequence } = message.payload;
      const stored = this.lastStored(epoch);
      this.checks.hold('S4', sequence <= stored, () => `${sequence} is acked, ${stored} is stored`);
    }
    if (message.type === 'stream:resend') {
      const asked = `${keeper} ${message.payload.epoch} ${message.payload.from}`;
      this.checks.hold('S3', asked !== this.asked, () => `asked twice: ${asked}`);
      this.asked = asked;
    }
  }

  private holdRevision(revision: number): void {
    this.checks.hold(
      'R1',
      revision >= this.sentRevision && revision <= this.storedRevision,
      () => `revision ${revision} after ${this.sentRevision}, stored ${this.storedRevision}`,
    );
    this.sentRevision = revision;
  }

  /** After each transaction. */
  committed(commit: Commit, durable: Durable | null): void {
    let bytes = 0;
    let freed = 0;
    for (const { key, requestId } of commit.requests ?? []) this.requests.decided(key, requestId);
    for (const slot of commit.dropSlots ?? []) {
      freed += this.slots.get(slot)?.bytes ?? 0;
      this.slots.delete(slot);
    }
    for (const { data: _, ...segment } of commit.segments ?? []) {
      const before = this.slots.get(segment.slot);
      if (before !== undefined && before.position !== segment.position) freed += before.bytes;
      this.slots.set(segment.slot, segment);
      this.readEvents(segment);
    }
    if (freed > 0) {
      let frames = 0;
      for (const segment of this.slots.values()) {
        bytes += segment.bytes;
        frames += segment.last - segment.first + 1;
      }
      const enough = bytes >= ROOM_LIMITS.keptBytes && frames >= ROOM_LIMITS.keptFrames;
      this.checks.hold(
        'S5',
        enough || bytes + freed > ROOM_LIMITS.keptBytesCap,
        () => `discarded down to ${bytes} bytes and ${frames} frames`,
      );
    }
    this.holdState(durable);
  }

  /** S4a: what is stored and the state it led to change together. */
  private holdState(durable: Durable | null): void {
    if (durable === null) return;
    const cols = this.cols ?? durable.placement.spec.terminal?.cols ?? null;
    this.checks.hold(
      'S4a',
      (durable.terminal?.cols ?? null) === cols,
      () => `the state says ${durable.terminal?.cols} columns, the stored events ${cols}`,
    );
    this.checks.hold(
      'R1',
      durable.revision >= this.storedRevision,
      () => `revision ${durable.revision} stored after ${this.storedRevision}`,
    );
    this.storedRevision = durable.revision;
  }

  private readEvents({ epoch, last }: SegmentInfo): void {
    const before = this.stored.get(epoch) ?? 0;
    for (let sequence = before + 1; sequence <= last; sequence += 1) {
      const told = this.truth.at(epoch, sequence);
      if (told?.kind !== 'event' || told.cols === null || this.isGap(epoch, sequence)) continue;
      this.cols = told.cols;
    }
    this.stored.set(epoch, Math.max(before, last));
  }
}
