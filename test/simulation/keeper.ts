import { type AgentUid, decodeToKeeper, type Epoch, EpochSchema, encodeMessage } from '@muster/protocol';
import {
  KeeperStream,
  type StreamEffect,
  type StreamInput,
} from '../../agent-runner/src/keeper/stream/stream.ts';
import { SpoolLog } from '../../agent-runner/src/spool/log.ts';
import { MemoryVolume } from '../../agent-runner/src/spool/memory-volume.ts';
import type { Spool } from '../../agent-runner/src/spool/spool.ts';
import type { Link, Packet } from './link.ts';
import type { Truth } from './truth.ts';

/** A keeper process: the real stream core over a spool on a disk that outlives it. */
export class Keeper {
  link: Link | null = null;
  timer: number | null = null;
  private readonly truth: Truth;
  private readonly agentUid: AgentUid;
  private readonly disk = new MemoryVolume();
  private boot = 1;
  private epochs = 0;
  private spool: Spool;
  private stream: KeeperStream;

  constructor(truth: Truth, agentUid: AgentUid, now: number) {
    this.truth = truth;
    this.agentUid = agentUid;
    this.spool = this.open();
    this.stream = this.start(now);
  }

  get end(): { readonly epoch: Epoch; readonly last: number } | undefined {
    return this.spool.epochs().at(-1);
  }

  input(input: StreamInput, now: number): void {
    for (const effect of this.stream.handle(input, now)) this.carryOut(effect);
  }

  /** A timer rings once. */
  tick(now: number): void {
    this.timer = null;
    this.input({ type: 'tick' }, now);
  }

  attach(link: Link, now: number): void {
    this.link = link;
    this.input({ type: 'link-up' }, now);
  }

  detach(now: number): void {
    if (this.link === null) return;
    this.link = null;
    this.input({ type: 'link-down' }, now);
  }

  hear(packet: Packet, now: number): void {
    if (typeof packet !== 'string') throw new Error('a room sends its keeper text only');
    const decoded = decodeToKeeper(packet);
    if (!decoded.ok) throw new Error(decoded.error.error.message);
    const { message } = decoded.value;
    switch (message.type) {
      case 'room:welcome':
      case 'stream:ack':
      case 'stream:resend':
      case 'stream:fetch':
        return this.input({ type: 'room', message }, now);
    }
  }

  /** kill -9 and start: memory is gone, the disk is as it was. */
  restart(now: number): void {
    this.link = null;
    this.spool = this.open();
    this.stream = this.start(now);
  }

  /** S1: the machine lost power: the end of the newest file is gone, and the boot id is another. */
  losePower(bytes: number, now: number): void {
    const newest = [...this.disk.files].at(-1);
    if (newest !== undefined) {
      const [name, held] = newest;
      this.disk.files.set(name, held.slice(0, Math.max(0, held.length - bytes)));
    }
    this.boot += 1;
    this.link = null;
    this.spool = this.open();
    for (const { epoch, last } of this.spool.epochs()) this.truth.lose(epoch, last);
    for (const epoch of this.truth.epochs) {
      if (!this.spool.epochs().some((kept) => kept.epoch === epoch)) this.truth.lose(epoch, 0);
    }
    this.stream = this.start(now);
  }

  private open(): Spool {
    const spool = new SpoolLog(this.disk, `boot ${this.boot}`);
    const append = spool.append.bind(spool);
    spool.append = (batch) => {
      append(batch);
      this.truth.append(batch);
    };
    return spool;
  }

  private start(now: number): KeeperStream {
    this.timer = null;
    const identity = { agentUid: this.agentUid, generation: 1, version: 'simulated', batchVersions: [1] };
    return new KeeperStream(this.spool, identity, () => this.newEpoch(), now);
  }

  private newEpoch(): Epoch {
    this.epochs += 1;
    return EpochSchema.parse(this.epochs.toString(16).padStart(16, '0'));
  }

  private carryOut(effect: StreamEffect): void {
    if (effect.type === 'timer') this.timer = effect.at;
    if (effect.type === 'text') this.link?.toServer.push(encodeMessage(effect.message));
    if (effect.type === 'batch') this.link?.toServer.push(effect.bytes);
  }
}
