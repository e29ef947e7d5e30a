import type { StreamInput, StreamOutput } from '@muster/client/sync';
import { encodeGap, readBatch } from '@muster/protocol';
import { RECORD_HEADER_BYTES, recordHeader } from '../../agent-runner/src/spool/record.ts';
import type { Spool } from '../../agent-runner/src/spool/spool.ts';
import type { Effect, RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import { MemoryRoomStore } from '../../worker/src/agent-room/storage/memory.ts';
import type { RoomReport } from '../../worker/src/rpc.ts';
import type { Context, Effect as LobbyEffect, LobbyEvent } from '../../worker/src/team-lobby/core/types.ts';
import type { Rule } from './checks.ts';
import * as commands from './command-mutants.ts';
import { Disk } from './disk.ts';
import { Keeper } from './keeper.ts';
import { TeamLobby } from './lobby.ts';
import { type Parts, REAL_PARTS } from './parts.ts';
import { RequestHandler } from './request-handler.ts';
import { Room } from './room.ts';
import * as runners from './runner-mutants.ts';
import { Viewer } from './viewer.ts';

const facesOf = (spool: Spool): Spool => ({
  found: spool.found,
  epochs: () => spool.epochs(),
  startEpoch: (epoch) => spool.startEpoch(epoch),
  append: (batch, how) => spool.append(batch, how),
  reserve: () => spool.reserve(),
  read: (from, maxBytes) => spool.read(from, maxBytes),
  ack: (upTo) => spool.ack(upTo),
  close: () => spool.close(),
});

/** Numbers on after a power loss as if nothing had been. */
class Forgetful extends Keeper {
  protected override open(): Spool {
    const spool = super.open();
    return { ...facesOf(spool), found: spool.found === 'other-boot' ? 'intact' : spool.found };
  }
}

/** What is appended reaches the disk one batch later. */
class Late extends Keeper {
  protected override open(): Spool {
    const spool = super.open();
    const held: Uint8Array[] = [];
    const append = (batch: Uint8Array) => {
      const [before] = held;
      if (before !== undefined) {
        // On a full disk this throws, and the new one is not taken either.
        spool.append(before);
        held.shift();
      }
      held.push(batch);
    };
    const startEpoch: Spool['startEpoch'] = (epoch) => {
      for (const batch of held.splice(0)) spool.append(batch);
      spool.startEpoch(epoch);
    };
    return { ...facesOf(spool), append, startEpoch };
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
    const isAck = (effect: Effect) =>
      effect.type === 'send-to-keeper' && effect.message.type === 'stream:ack';
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
      viewer.inFlight.length = 0;
      viewer.ackedTotal = this.state.flow.total;
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
    if (event.type === 'disconnected' && durable !== null) {
      this.state.durable = { ...durable, revision: Math.max(0, durable.revision - 2) };
    }
    return super.decide(event, now);
  }
}

/** Delivers a repeated batch again. */
class Echoing extends Viewer {
  protected override advance(input: StreamInput): readonly StreamOutput[] {
    const { at, phase } = this.stream;
    if (input.type === 'batch' && phase === 'live' && at?.epoch === input.header.epoch) {
      const sequence = Math.min(at.sequence, input.header.first - 1);
      this.stream.at = { ...at, sequence };
    }
    return super.advance(input);
  }
}

/** Times its requests by a clock that stands still while its laptop sleeps. */
class Drowsy extends Viewer {
  protected override time(now: number): number {
    return now - this.slept;
  }
}

/** Takes a request that it does not remember for a new one, however old it is. */
class Trusting extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    if (event.type !== 'viewer-message') return super.decide(event, now);
    const { askedAt: _, ...said } = event;
    return super.decide(said, now);
  }
}

/** Begins with what it has of the stream, though there is a snapshot. */
class Raw extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const { state } = this;
    const { snapshot } = state;
    if (event.type === 'viewer-message' && event.message.type === 'subscribe:agent') state.snapshot = null;
    const effects = super.decide(event, now);
    state.snapshot ??= snapshot;
    return effects;
  }
}

/** Forgets what it was asked when somebody leaves. */
class Careless extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    if (event.type === 'disconnected') this.state.requests.clear();
    return super.decide(event, now);
  }
}

/** Sets its alarm again though the lobby has acked. */
class Restless extends Room {
  protected override decide(event: RoomEvent, now: number): Effect[] {
    const effects = super.decide(event, now);
    if (event.type === 'alarm' || event.type === 'report-acked') this.state.reportAt ??= now + 1_000;
    return effects;
  }
}

/** Stays when its agent is deleted. */
class Undead extends Room {
  override delete(): void {}
}

/** Forgets that its agent was deleted. */
class Risen extends Room {
  override delete(now: number): void {
    super.delete(now);
    this.store = new MemoryRoomStore();
    this.sleep(now);
  }
}

/** Takes the word that comes last for the newest. */
class Gullible extends TeamLobby {
  protected override decide(event: LobbyEvent, context: Context): readonly LobbyEffect[] {
    const live = event.type === 'room-reported' ? this.state.live.get(event.report.agentUid) : undefined;
    if (live?.report) {
      this.state.live.set(live.agentUid, { ...live, report: { ...live.report, revision: 0 } });
    }
    return super.decide(event, context);
  }
}

/** Acks who watches before it has stored it. */
class Hurried extends TeamLobby {
  override isPresencePending(): boolean {
    return false;
  }
  override acked(report: RoomReport): number {
    return Math.max(super.acked(report), report.summaryRevision);
  }
}

/** Takes every input for a new one. */
class EagerHandler extends RequestHandler {
  protected override isNew(clientId: string, inputSequence: number, now: number): boolean {
    super.isNew(clientId, inputSequence, now);
    return true;
  }
}
class Eager extends Keeper {
  protected override newRequestHandler(): RequestHandler {
    return this.handlerOf(EagerHandler);
  }
}

/** One fault for each rule that the simulation must catch. */
export const PLANTED: readonly { readonly rule: Rule; readonly parts: Parts }[] = [
  { rule: 'S1', parts: { ...REAL_PARTS, keeper: (setting, now) => new Forgetful(setting, now) } },
  { rule: 'S2', parts: { ...REAL_PARTS, keeper: (setting, now) => new Late(setting, now) } },
  { rule: 'S3', parts: { ...REAL_PARTS, room: (setting) => new Holey(setting) } },
  { rule: 'S4', parts: { ...REAL_PARTS, room: (setting) => new Hasty(setting) } },
  { rule: 'S4a', parts: { ...REAL_PARTS, room: (setting) => new Torn(setting) } },
  { rule: 'S7', parts: { ...REAL_PARTS, viewer: (setting) => new Echoing(setting) } },
  { rule: 'S8', parts: { ...REAL_PARTS, room: (setting) => new Generous(setting) } },
  { rule: 'S10', parts: { ...REAL_PARTS, keeper: (setting, now) => new Keeper(setting, now, new Hollow()) } },
  { rule: 'S14', parts: { ...REAL_PARTS, room: (setting) => new Raw(setting) } },
  { rule: 'N2', parts: { ...REAL_PARTS, room: (setting) => new Credulous(setting) } },
  { rule: 'R1', parts: { ...REAL_PARTS, room: (setting) => new Backward(setting) } },
  { rule: 'R3', parts: { ...REAL_PARTS, lobby: (setting) => new Gullible(setting) } },
  { rule: 'R3', parts: { ...REAL_PARTS, lobby: (setting) => new Hurried(setting) } },
  { rule: 'N1', parts: { ...REAL_PARTS, room: (setting) => new Undead(setting) } },
  { rule: 'N1', parts: { ...REAL_PARTS, room: (setting) => new Risen(setting) } },
  { rule: 'I1', parts: { ...REAL_PARTS, room: (setting) => new Careless(setting) } },
  { rule: 'I1', parts: { ...REAL_PARTS, viewer: (setting) => new Drowsy(setting) } },
  { rule: 'I1', parts: { ...REAL_PARTS, room: (setting) => new Trusting(setting) } },
  { rule: 'I2', parts: { ...REAL_PARTS, keeper: (setting, now) => new Eager(setting, now) } },
  { rule: 'N2', parts: { ...REAL_PARTS, runner: (setting) => new runners.Hoarder(setting) } },
  { rule: 'N2', parts: { ...REAL_PARTS, runner: (setting) => new runners.Stubborn(setting) } },
  { rule: 'N2', parts: { ...REAL_PARTS, runner: (setting) => new runners.Regressive(setting) } },
  { rule: 'P4', parts: { ...REAL_PARTS, runner: (setting) => new runners.Blind(setting) } },
  { rule: 'R3', parts: { ...REAL_PARTS, runner: (setting) => new runners.Flattering(setting) } },
  { rule: 'R3', parts: { ...REAL_PARTS, runner: (setting) => new runners.Presuming(setting) } },
  { rule: 'P3', parts: { ...REAL_PARTS, runner: (setting) => new runners.Doubling(setting) } },
  { rule: 'P4', parts: { ...REAL_PARTS, runner: (setting) => new runners.Resigned(setting) } },
  { rule: 'I1', parts: { ...REAL_PARTS, runner: (setting) => new runners.Repeating(setting) } },
  { rule: 'Q1', parts: { ...REAL_PARTS, room: (setting) => new commands.Disorderly(setting) } },
  { rule: 'Q2', parts: { ...REAL_PARTS, room: (setting) => new commands.Greedy(setting) } },
  { rule: 'Q5', parts: { ...REAL_PARTS, keeper: (setting, now) => new commands.Eager(setting, now) } },
  { rule: 'Q10', parts: { ...REAL_PARTS, room: (setting) => new commands.Mute(setting) } },
  { rule: 'H2', parts: { ...REAL_PARTS, room: (setting) => new Restless(setting) } },
];
