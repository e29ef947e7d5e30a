import type { StreamInput, StreamState, StreamStep } from '@muster/client/sync';
import { encodeGap, readBatch } from '@muster/protocol';
import { RECORD_HEADER_BYTES, recordHeader } from '../../agent-runner/src/spool/record.ts';
import type { Spool } from '../../agent-runner/src/spool/spool.ts';
import type { Effect, RoomEvent } from '../../worker/src/room/core/types.ts';
import type { Rule } from './checks.ts';
import { Disk } from './disk.ts';
import { Keeper } from './keeper.ts';
import { Room } from './room.ts';
import { Viewer } from './viewer.ts';
import { type Parts, REAL_PARTS } from './world.ts';

const facesOf = (spool: Spool): Spool => ({
  found: spool.found,
  epochs: () => spool.epochs(),
  startEpoch: (epoch) => spool.startEpoch(epoch),
  append: (batch) => spool.append(batch),
  read: (from, maxBytes) => spool.read(from, maxBytes),
  ack: (upTo) => spool.ack(upTo),
  close: () => spool.close(),
});

/** Numbers on after a power loss as if nothing had been. */
class Forgetful extends Keeper {
  protected override open(): Spool {
    const spool = super.open();
    return { ...facesOf(spool), found: spool.epochs().length > 0 ? 'intact' : spool.found };
  }
}

/** What is appended reaches the disk one batch later. */
class Late extends Keeper {
  protected override open(): Spool {
    const spool = super.open();
    let held: Uint8Array | null = null;
    const append = (batch: Uint8Array) => {
      // A full disk throws here, and the keeper then brings the same batch again.
      if (held !== null) spool.append(held);
      held = batch;
    };
    return { ...facesOf(spool), append };
  }
}

/** What is compacted loses its events too. */
class Hollow extends Disk {
  override replace(name: string, bytes: Uint8Array): void {
    const first = readBatch(bytes, RECORD_HEADER_BYTES);
    if (!first.ok) return super.replace(name, bytes);
    const { epoch, first: from } = first.value;
    const gap = encodeGap({ epoch, from, to: from, bytes: 0, time: 0 });
    super.replace(name, Buffer.concat([recordHeader(gap), gap]));
  }
}

/** Takes what comes after a hole. */
class Holey extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { state } = this;
    if (event.type === 'batch' && event.header.epoch === state.durable?.epoch && !event.header.fetched) {
      state.next = Math.max(state.next, event.header.first);
    }
    return super.decide(event, now);
  }
}

/** Acks first and stores then. */
class Hasty extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const effects = super.decide(event, now);
    const isAck = (effect: Effect) => effect.type === 'tell' && effect.message.type === 'stream:ack';
    return [...effects.filter(isAck), ...effects.filter((effect) => !isAck(effect))];
  }
}

/** Stores the state, and in another transaction the frames that led to it. */
class Torn extends Room {
  protected override commit({ type, commit }: Extract<Effect, { type: 'commit' }>): void {
    const { durable, ...rest } = commit;
    if (durable !== undefined) super.commit({ type, commit: { durable } });
    super.commit({ type, commit: rest });
  }
}

/** Counts every viewer as one that has acked. */
class Generous extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    for (const viewer of this.state.viewers.values()) {
      viewer.owed.length = 0;
      viewer.ackedTotal = this.state.ledger.total;
    }
    return super.decide(event, now);
  }
}

/** Takes frames of whoever sends them. */
class Credulous extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { keeper } = this.state;
    const connection = keeper?.connection;
    return super.decide(
      event.type === 'batch' && connection !== undefined ? { ...event, connection } : event,
      now,
    );
  }
}

/** Goes back a revision when somebody leaves. */
class Backward extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { durable } = this.state;
    if (event.type === 'left' && durable !== null) {
      this.state.durable = { ...durable, revision: Math.max(0, durable.revision - 2) };
    }
    return super.decide(event, now);
  }
}

/** Delivers a repeated batch again. */
class Echoing extends Viewer {
  protected override advance(state: StreamState, input: StreamInput): StreamStep {
    const { at } = state;
    if (input.type !== 'batch' || state.phase !== 'live' || at?.epoch !== input.header.epoch) {
      return super.advance(state, input);
    }
    const sequence = Math.min(at.sequence, input.header.first - 1);
    return super.advance({ ...state, at: { ...at, sequence } }, input);
  }
}

/** One fault for each rule that the simulation must catch. */
export const PLANTED: readonly { readonly rule: Rule; readonly parts: Parts }[] = [
  { rule: 'S1', parts: { ...REAL_PARTS, keeper: (setting, now) => new Forgetful(setting, now) } },
  { rule: 'S2', parts: { ...REAL_PARTS, keeper: (setting, now) => new Late(setting, now) } },
  { rule: 'S3', parts: { ...REAL_PARTS, room: (setting, now) => new Holey(setting, now) } },
  { rule: 'S4', parts: { ...REAL_PARTS, room: (setting, now) => new Hasty(setting, now) } },
  { rule: 'S4a', parts: { ...REAL_PARTS, room: (setting, now) => new Torn(setting, now) } },
  { rule: 'S7', parts: { ...REAL_PARTS, viewer: (setting) => new Echoing(setting) } },
  { rule: 'S8', parts: { ...REAL_PARTS, room: (setting, now) => new Generous(setting, now) } },
  { rule: 'S10', parts: { ...REAL_PARTS, keeper: (setting, now) => new Keeper(setting, now, new Hollow()) } },
  { rule: 'N2', parts: { ...REAL_PARTS, room: (setting, now) => new Credulous(setting, now) } },
  { rule: 'R1', parts: { ...REAL_PARTS, room: (setting, now) => new Backward(setting, now) } },
];
