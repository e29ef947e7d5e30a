import {
  AgentUidSchema,
  type Epoch,
  framesOf,
  type KeeperMessage,
  type ToKeeperMessage,
  textOf,
} from '@muster/protocol';
import { expect } from 'vitest';
import { KeeperStream, type StreamEffect, type StreamInput } from '../../src/keeper/stream/stream.ts';
import { joined } from '../../src/spool/bytes.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { bytesOf, epochOf, headerOf } from './frames.ts';
import { RoomModel } from './room-model.ts';

const IDENTITY = {
  agentUid: AgentUidSchema.parse('00000000-0000-4000-8000-000000000001'),
  generation: 1,
  version: 'test',
  batchVersions: [1],
};

export type Step =
  | { do: 'output'; text: string }
  | { do: 'flood'; bytes: number }
  | { do: 'event' | 'cut' | 'connect' | 'resetRoom' | 'restart' }
  | { do: 'wait'; ms: number }
  | { do: 'toRoom' | 'toKeeper'; count: number }
  | { do: 'tear' | 'powerLoss'; bytes: number };

type ToRoom = KeeperMessage | Uint8Array;

/** A keeper's stream, a link that is cut at will, and a room; and what was ever written, to compare. */
export class Delivery {
  readonly #volume = new MemoryVolume();
  /** epoch → number → frame, as it was put into the spool. */
  readonly #truth = new Map<Epoch, Map<number, string>>();
  readonly #pushed: Uint8Array[] = [];
  readonly #read: Uint8Array[] = [];
  readonly room = new RoomModel();
  #up: ToRoom[] = [];
  #down: ToKeeperMessage[] = [];
  #connected = false;
  #now = 1_000_000;
  #timer: number | null = null;
  #boot = 1;
  #epochs = 0;
  #count = 0;
  #stream: KeeperStream;

  constructor() {
    this.#stream = this.#open();
  }

  apply(step: Step): void {
    switch (step.do) {
      case 'output':
        return this.#output(bytesOf(step.text));
      case 'flood':
        return this.#output(new Uint8Array(step.bytes).fill(97 + (this.#count % 26)));
      case 'event':
        return this.#handle({
          type: 'event',
          event: { type: 'program:status', status: 'running', pid: ++this.#count },
        });
      case 'wait':
        return this.#wait(step.ms);
      case 'toRoom':
        return this.#toRoom(step.count);
      case 'toKeeper':
        return this.#toKeeper(step.count);
      case 'cut':
        return this.#cut();
      case 'connect':
        return this.#connect();
      case 'resetRoom':
        return this.room.reset();
      case 'restart':
        return this.#restart();
      case 'tear':
        this.#tearTail(step.bytes);
        return this.#restart();
      case 'powerLoss':
        this.#cutTail(step.bytes);
        this.#boot += 1;
        return this.#restart();
    }
  }

  /** Everything that was under way arrives. */
  settle(): void {
    this.#handle({ type: 'output-ended' });
    this.#connect();
    for (let round = 0; round < 200; round += 1) {
      if (this.#up.length === 0 && this.#down.length === 0 && this.#timer === null) return;
      this.#toRoom(this.#up.length);
      this.#toKeeper(this.#down.length);
      if (this.#timer !== null) this.#wait(Math.max(1, this.#timer - this.#now));
    }
    throw new Error('it never settles');
  }

  appended(): unknown {
    return [...this.#truth].map(([epoch, frames]) => ({ epoch, frames }));
  }

  delivered(): unknown {
    return this.room.epochs.map(({ epoch, frames }) => ({ epoch, frames }));
  }

  outputPushed(): string {
    return Buffer.from(joined(this.#pushed)).toString();
  }

  outputRead(): string {
    for (const { frames } of this.room.epochs) {
      for (const line of frames.values()) {
        if (line.startsWith('output 0 ')) this.#read.push(bytesOf(line.slice('output 0 '.length)));
      }
    }
    return Buffer.from(joined(this.#read)).toString();
  }

  /** Every frame the room has is the one that was written, numbers have no hole, and only a lost end is missing. */
  checkHonest(): void {
    const read = this.room.epochs;
    for (const [index, { epoch, frames, gaps, next, endLost }] of read.entries()) {
      const truth = this.#truth.get(epoch) ?? new Map<number, string>();
      for (const [sequence, line] of frames) expect(line).toBe(truth.get(sequence));
      const lost = gaps.reduce((sum, [from, to]) => sum + to - from + 1, 0);
      expect(frames.size + lost).toBe(next - 1);
      if (next - 1 < truth.size) expect(endLost).toBe(true);
      if (index === read.length - 1) expect(next - 1).toBe(truth.size);
    }
  }

  #open(): KeeperStream {
    const spool = new SpoolLog(this.#volume, `boot ${this.#boot}`);
    const newEpoch = () => epochOf(++this.#epochs);
    this.#timer = null;
    return new KeeperStream(this.#recorded(spool), IDENTITY, newEpoch, this.#now);
  }

  #recorded(spool: Spool): Spool {
    const append = spool.append.bind(spool);
    spool.append = (batch) => {
      append(batch);
      const header = headerOf(batch);
      const frames = this.#truth.get(header.epoch) ?? new Map<number, string>();
      this.#truth.set(header.epoch, frames);
      for (const { sequence, stream, data } of framesOf(batch, header)) {
        expect(frames.has(sequence)).toBe(false);
        frames.set(sequence, `${header.kind} ${stream} ${textOf(data)}`);
      }
    };
    return spool;
  }

  #output(data: Uint8Array): void {
    this.#pushed.push(data);
    this.#handle({ type: 'output', stream: 0, data });
  }

  #handle(input: StreamInput): void {
    for (const effect of this.#stream.handle(input, this.#now)) this.#do(effect);
  }

  #do(effect: StreamEffect): void {
    if (effect.type === 'timer') this.#timer = effect.at;
    if (effect.type === 'text' && this.#connected) this.#up.push(effect.message);
    if (effect.type === 'batch' && this.#connected) this.#up.push(effect.bytes);
  }

  #wait(ms: number): void {
    const until = this.#now + ms;
    for (let due = this.#timer; due !== null && due <= until; due = this.#timer) {
      this.#now = Math.max(this.#now, due);
      this.#timer = null;
      this.#handle({ type: 'tick' });
    }
    this.#now = until;
  }

  #toRoom(count: number): void {
    for (const message of this.#up.splice(0, count)) {
      if (message instanceof Uint8Array) {
        this.#down.push(...this.room.take(message));
        this.#handle({ type: 'drained', bytes: message.length });
      } else {
        this.#down.push(...this.room.receive(message));
      }
    }
  }

  #toKeeper(count: number): void {
    for (const message of this.#down.splice(0, count)) {
      switch (message.type) {
        case 'room:welcome':
        case 'stream:ack':
        case 'stream:resend':
        case 'stream:fetch':
          this.#handle({ type: 'room', message });
      }
    }
  }

  #cut(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#up = [];
    this.#down = [];
    this.#handle({ type: 'link-down' });
  }

  #connect(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#handle({ type: 'link-up' });
  }

  #restart(): void {
    this.#connected = false;
    this.#up = [];
    this.#down = [];
    this.#stream = this.#open();
  }

  /** The keeper was killed in the middle of writing its next record. */
  #tearTail(bytes: number): void {
    const name = [...this.#volume.files.keys()].sort().at(-1);
    if (name !== undefined) this.#volume.append(name, [new Uint8Array(bytes).fill(7)]);
  }

  #cutTail(bytes: number): void {
    const name = [...this.#volume.files.keys()].sort().at(-1);
    const file = name === undefined ? undefined : this.#volume.files.get(name);
    if (name !== undefined && file !== undefined) {
      this.#volume.files.set(name, file.slice(0, Math.max(0, file.length - bytes)));
    }
  }
}
