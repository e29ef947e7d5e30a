import { type AgentSpec, type AgentUid, type Epoch, readBatch } from '@muster/protocol';
import {
  KeeperStream,
  type StreamEffect,
  type StreamInput,
} from '../../agent-runner/src/keeper/stream/stream.ts';
import { earliest } from '../../agent-runner/src/keeper/stream/time.ts';
import type { Spool, SpoolLimits } from '../../agent-runner/src/spool/spool.ts';
import type { Checks } from './checks.ts';
import { CommandHost, type CommandHostSetting } from './command-host.ts';
import type { CommandTruth } from './command-truth.ts';
import { Disk } from './disk.ts';
import type { InputOracle } from './input-oracle.ts';
import { KeeperDisk } from './keeper-disk.ts';
import { forKeeper, type Link, type Packet, packed, typedIn } from './link.ts';
import { isFinal } from './network.ts';
import { News } from './news.ts';
import { RequestHandler } from './request-handler.ts';
import type { RequestOracle } from './request-oracle.ts';
import { snapshotOfScreen } from './screen.ts';
import type { Client, Server } from './server.ts';
import type { Truth } from './truth.ts';

export interface KeeperSetting {
  readonly truth: Truth;
  readonly checks: Checks;
  readonly agentUid: AgentUid;
  readonly generation: number;
  readonly limits: SpoolLimits;
  readonly codec: boolean;
  readonly newEpoch: () => Epoch;
  readonly server: Server;
  readonly requests: RequestOracle;
  readonly inputs: InputOracle;
  readonly spec: AgentSpec;
  /** Absent: it runs on no host. */
  readonly owner?: KeeperOwner;
  /** null: nobody asks for commands in this world. */
  readonly commands: CommandTruth | null;
}

/** The host that it runs on. */
export interface KeeperOwner {
  /** It found its room, or lost it. */
  linkChanged(keeper: Keeper, linked: boolean): void;
  /** N1, N2: its room refused it; it has archived its agent and ended. */
  refused(keeper: Keeper): void;
}

/** A keeper process: the real stream core over a spool on a disk that outlives it. */
export class Keeper implements Client {
  readonly role = 'keeper';
  link: Link | null = null;
  /** N1, N2: it was told that its agent is gone or that a newer start counts, or its host ended it. */
  ended = false;
  /** Its process was killed; its disk is there, and its host may start it again. */
  private isDown = false;
  /** Inputs that changed the core's state. */
  events = 0;
  readonly disk: Disk;
  readonly setting: KeeperSetting;
  protected spool: Spool;
  private stream: KeeperStream;
  private requestHandler: RequestHandler;
  private commands: CommandHost | null;
  private readonly kept: KeeperDisk;
  private now: number;
  private streamTimer: number | null = null;
  private life = 0;
  private welcomed = false;
  private news = new News();

  constructor(setting: KeeperSetting, now: number, disk = new Disk()) {
    this.setting = setting;
    this.disk = disk;
    this.kept = new KeeperDisk(disk, setting.truth, setting.limits);
    this.now = now;
    this.spool = this.open();
    this.requestHandler = this.newRequestHandler();
    this.stream = this.start(now);
    this.commands = this.newCommands();
  }

  get server(): Server {
    return this.setting.server;
  }

  get generation(): number {
    return this.setting.generation;
  }

  get client(): string {
    return this.setting.agentUid;
  }

  /** Whether it has its room, for its host to tell the lobby. */
  get healthy(): boolean {
    return this.welcomed;
  }

  get alive(): boolean {
    return !this.ended && !this.isDown;
  }

  get timer(): number | null {
    return earliest(
      this.streamTimer,
      this.welcomed ? this.requestHandler.dueAt : null,
      this.commands?.dueAt ?? null,
    );
  }

  get end(): { readonly epoch: Epoch; readonly last: number } | undefined {
    return this.spool.epochs().at(-1);
  }

  get epochs(): readonly Epoch[] {
    return this.spool.epochs().map(({ epoch }) => epoch);
  }

  /** Whether this very frame can still be read from the disk. */
  has(epoch: Epoch, sequence: number): boolean {
    const [batch] = this.spool.read({ epoch, sequence }, 1).batches;
    const header = batch === undefined ? null : readBatch(batch);
    return header?.ok === true && header.value.kind !== 'gap';
  }

  input(input: StreamInput, now: number): void {
    this.now = now;
    const effects = this.stream.handle(input, now);
    if (effects.length > 0 || this.news.isNews(input)) this.events += 1;
    for (const effect of effects) this.carryOut(effect);
  }

  /** A timer rings once. */
  tick(now: number): void {
    if (this.streamTimer !== null && this.streamTimer <= now) {
      this.streamTimer = null;
      this.input({ type: 'tick' }, now);
    }
    this.now = now;
    this.commands?.tick(now);
    this.sendAcks(now);
  }

  /** Q5: one of its commands gets on. */
  advance(pick: number, chance: number, now: number): boolean {
    this.now = now;
    return this.commands?.advance(pick, chance) ?? false;
  }

  attach(link: Link, now: number): void {
    this.link = link;
    this.input({ type: 'link-up' }, now);
  }

  detach(now: number, code: number): void {
    if (this.link !== null) this.lostLink(now);
    if (!isFinal(code) || !this.alive) return;
    this.ended = true;
    this.setting.owner?.refused(this);
  }

  private lostLink(now: number): void {
    this.link = null;
    if (this.isDown) return;
    const { welcomed } = this;
    this.welcomed = false;
    this.input({ type: 'link-down' }, now);
    if (welcomed) this.setting.owner?.linkChanged(this, false);
  }

  drained(bytes: number, now: number): void {
    this.input({ type: 'drained', bytes }, now);
  }

  receive(packet: Packet, now: number): void {
    if (packet instanceof Uint8Array) return this.typed(typedIn(packet), now);
    const { message } = forKeeper(packet);
    switch (message.type) {
      case 'room:welcome':
        this.input({ type: 'room', message }, now);
        this.commands?.follow();
        return this.hasRoom(now);
      case 'stream:ack':
      case 'stream:resend':
      case 'stream:fetch':
        return this.input({ type: 'room', message }, now);
      case 'snapshot:request':
        this.takeSnapshot(now);
        return;
      case 'program:input':
        return this.typed(message.payload, now);
      case 'command:start':
      case 'command:interrupt':
        this.now = now;
        return this.commands?.take(message);
      // No agent of the simulation has conversations, nor asks anything.
      case 'policy:set':
      case 'conversation:open':
      case 'conversation:prompt':
      case 'conversation:steer':
      case 'conversation:cancel':
      case 'conversation:configure':
      case 'conversation:sign-in':
      case 'conversation:close':
      case 'conversation:flush':
      case 'request:decide':
      case 'file:part':
      case 'file:gone':
      case 'host:query':
        return;
      default: {
        const event = this.requestHandler.order(message);
        if (event !== null) this.input({ type: 'event', event }, now);
      }
    }
  }

  private hasRoom(now: number): void {
    const before = this.welcomed;
    this.welcomed = true;
    this.sendAcks(now);
    if (!before) this.setting.owner?.linkChanged(this, true);
  }

  private typed(input: Parameters<RequestHandler['input']>[0], now: number): void {
    if (this.requestHandler.input(input, now)) this.input({ type: 'input' }, now);
    this.sendAcks(now);
  }

  /** S14: of the newest frame on the disk; the emulator behind it is a fold of all before. */
  takeSnapshot(now: number): boolean {
    const { end } = this;
    const screen = end === undefined ? undefined : this.setting.truth.screenAt(end.epoch, end.last);
    if (end === undefined || screen === undefined) return false;
    const at = { epoch: end.epoch, sequence: end.last };
    const bytes = snapshotOfScreen(at.epoch, at.sequence, screen, now);
    this.input({ type: 'snapshot', snapshot: { at, bytes } }, now);
    return true;
  }

  /** kill -9: memory is gone, the disk is as it was, but for a write that was cut short. */
  die(torn = 0, journal: 'kept' | 'torn' | 'lost' = 'kept'): void {
    this.kept.tear(torn, journal);
    this.spool = this.open();
    this.isDown = true;
    this.welcomed = false;
  }

  /** S1: the machine lost power. */
  losePower(bytes: number): void {
    const before = this.epochs;
    this.kept.losePower(bytes);
    this.spool = this.open();
    for (const epoch of before) {
      const kept = this.spool.epochs().find((range) => range.epoch === epoch);
      this.setting.truth.lose(epoch, kept?.last ?? 0);
    }
    this.isDown = true;
    this.welcomed = false;
  }

  /** P4: another process, on the same disk. */
  revive(now: number): void {
    this.isDown = false;
    this.requestHandler = this.newRequestHandler();
    this.stream = this.start(now);
    this.commands = this.newCommands();
  }

  /** Where a planted fault may stand before its ledger. */
  protected newRequestHandler(): RequestHandler {
    return this.handlerOf(RequestHandler);
  }

  protected handlerOf(Kind: typeof RequestHandler): RequestHandler {
    this.life += 1;
    const { agentUid, generation, requests, inputs } = this.setting;
    return new Kind(`${agentUid}/${generation}/${this.life}`, requests, inputs);
  }

  /** As the real keeper begins (Q5). */
  private newCommands(): CommandHost | null {
    const { commands: truth, spec } = this.setting;
    if (truth === null) return null;
    const host = this.hostOf({
      file: this.kept.journal,
      truth,
      spec,
      epoch: () => this.stream.head.epoch,
      now: () => this.now,
      emit: (event) => this.input({ type: 'event', event }, this.now),
      output: (command, stream, data) => this.input({ type: 'output', stream, data, command }, this.now),
    });
    if (!host.begin(this.spool.found === 'intact')) {
      this.input({ type: 'journal-lost' }, this.now);
      host.begin(false);
    }
    return host;
  }

  /** Where a planted fault may stand before its journal. */
  protected hostOf(setting: CommandHostSetting): CommandHost {
    return new CommandHost(setting);
  }

  private sendAcks(now: number): void {
    if (!this.welcomed) return;
    for (const ack of this.requestHandler.acks(now))
      this.link?.toServer.push(packed(ack, this.setting.codec));
  }

  /** Where a planted fault may stand between the core and the disk. */
  protected open(): Spool {
    return this.kept.open();
  }

  private start(now: number): KeeperStream {
    this.now = now;
    this.streamTimer = null;
    this.welcomed = false;
    this.news = new News();
    const { agentUid, generation, newEpoch } = this.setting;
    // G4: every other start is of a version that takes no input frames.
    const older = generation % 2 === 0 ? {} : { inputVersions: [1] };
    const identity = { agentUid, generation, version: 'simulated', batchVersions: [1], ...older };
    return new KeeperStream(this.spool, identity, newEpoch, now);
  }

  private carryOut(effect: StreamEffect): void {
    if (effect.type === 'timer') this.streamTimer = effect.at;
    if (effect.type === 'text') this.link?.toServer.push(packed(effect.message, this.setting.codec));
    if (effect.type !== 'batch') return;
    const header = readBatch(effect.bytes);
    if (!header.ok) throw new Error(header.error.message);
    const { epoch, last, fetched } = header.value;
    this.setting.checks.hold(
      'S2',
      fetched || this.kept.wrote(epoch, last),
      () => `${epoch}/${last} is sent and not on the disk`,
    );
    this.link?.toServer.push(effect.bytes);
  }
}
