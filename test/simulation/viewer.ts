import {
  type CreditState,
  confirmInput,
  creditReceived,
  handleStream,
  type InputState,
  inputsFrom,
  isStreamMessage,
  NO_CREDIT,
  numberInput,
  openStream,
  readBatches,
  type StreamInput,
  type StreamOutput,
  tickCredit,
} from '@muster/client/sync';
import {
  type Ack,
  type AgentId,
  type ClientId,
  type CommandId,
  CommandIdSchema,
  type Epoch,
  encodeInput,
  type ViewerMessage,
} from '@muster/protocol';
import { unpacked } from '../../agent-runner/test/support/unpacked.ts';
import type { Checks } from './checks.ts';
import type { CommandTruth } from './command-truth.ts';
import { CommandWatch } from './command-watch.ts';
import type { InputOracle } from './input-oracle.ts';
import { forViewer, type Link, type Packet, packed } from './link.ts';
import type { Random } from './random.ts';
import { Redial } from './redial.ts';
import { RequestClient } from './request-client.ts';
import type { RequestOracle } from './request-oracle.ts';
import { ScreenOracle } from './screen-oracle.ts';
import type { Client, Server } from './server.ts';
import { StreamOracle } from './stream-oracle.ts';
import type { Truth } from './truth.ts';

const KEY = { commandId: undefined, answer: false, data: new TextEncoder().encode('x') };

export interface ViewerSetting {
  readonly history: 'screen' | 'full';
  readonly truth: Truth;
  readonly checks: Checks;
  readonly agentId: AgentId;
  readonly codec: boolean;
  /** Whether room or host can still give this frame. */
  readonly kept: (epoch: Epoch, sequence: number) => boolean;
  /** Whether the room has stored it once; what both have let go of since is a gap (S2, S5). */
  readonly hadStored: (epoch: Epoch, sequence: number) => boolean;
  /** Whether the room had one where this viewer's subscription reached it. */
  readonly hadSnapshot: () => boolean;
  readonly server: Server;
  /** Chosen by it, for requests and inputs. */
  readonly clientId: ClientId;
  readonly requests: RequestOracle;
  readonly inputs: InputOracle;
  readonly random: Random;
  readonly commands: CommandTruth;
}

/** Watches what one viewer is given; a new kind of check is a new one of these. */
export interface ViewerOracle {
  /** `tampered`: frames that a meddler took or moved on its socket; `live`: its replay is over. @throws Violation */
  delivered(output: StreamOutput, tampered: number, live: boolean): void;
}

/** A viewer: the client's real sync core, and oracles that watch what it delivers. */
export class Viewer implements Client {
  readonly role = 'viewer';
  readonly generation = 0;
  readonly redial: Redial;
  link: Link | null = null;
  asleep = false;
  /** For how long, ms. */
  protected slept = 0;
  /** Inputs that changed the core's state. */
  events = 0;
  protected stream = openStream(null);
  private readonly setting: ViewerSetting;
  private oracles: readonly ViewerOracle[];
  private readonly requests: RequestClient;
  private readonly watch: CommandWatch;
  private credit: CreditState = NO_CREDIT;
  private loadedAt = 0;
  private typed: InputState = inputsFrom(this.loadedAt);

  constructor(setting: ViewerSetting) {
    this.setting = setting;
    this.oracles = oraclesOf(setting);
    this.watch = new CommandWatch(setting.checks, setting.commands);
    this.redial = new Redial(setting.checks, setting.random);
    this.requests = new RequestClient(setting.clientId, setting.requests, (...said) => this.send(...said));
  }

  get server(): Server {
    return this.setting.server;
  }

  get history(): 'screen' | 'full' {
    return this.setting.history;
  }

  get client(): string {
    return this.setting.clientId;
  }

  /** Whether a request has no outcome yet. */
  get waits(): boolean {
    return this.requests.hasPending;
  }

  get at() {
    return this.stream.at;
  }

  get live(): boolean {
    return this.stream.phase === 'live';
  }

  attach(link: Link, now: number): void {
    this.link = link;
    this.redial.opened(now);
    this.credit = NO_CREDIT;
    this.watch.attached();
    this.step({ type: 'attach' });
    this.requests.step({ type: 'online' }, now, this.time(now));
  }

  detach(now: number, code: number): void {
    this.redial.lost(code, now);
    this.link = null;
    this.step({ type: 'detach' });
    this.requests.step({ type: 'offline' }, now, this.time(now));
  }

  drained(): void {}

  /** A page that is loaded again: it knows nothing, and its socket is gone. */
  reload(now: number): void {
    this.stream = openStream(null);
    // I2: its numbers begin at the clock. No page is loaded twice within one ms, though steps of a world may be.
    this.loadedAt = Math.max(now, this.loadedAt + 1);
    this.typed = inputsFrom(this.loadedAt);
    this.oracles = oraclesOf(this.setting);
  }

  ask(now: number): void {
    this.command({ type: 'agent:signal', payload: { agentId: this.setting.agentId, signal: 'SIGINT' } }, now);
  }

  /** Those it heard of, oldest first. */
  get commands(): readonly CommandId[] {
    return this.watch.known;
  }

  command(message: ViewerMessage, now: number): boolean {
    this.requests.ask(message, now, this.time(now));
    return true;
  }

  /** I1: another request under an id that has been answered. */
  reuse(now: number): boolean {
    const { agentId } = this.setting;
    return this.requests.reuse(() => ({ type: 'agent:signal', payload: { agentId, signal: 'SIGHUP' } }), now);
  }

  /** `ms`: how long it slept. */
  wake(ms: number): void {
    this.asleep = false;
    this.slept += ms;
  }

  /** What it takes for the time. */
  protected time(now: number): number {
    return now;
  }

  /** I2: sent once, or not at all. */
  type(): boolean {
    if (this.link === null) return false;
    const { agentId, clientId } = this.setting;
    const { state, sequence } = numberInput(this.typed);
    this.typed = state;
    const numbered = { clientId, inputSequence: sequence };
    if (this.setting.codec) this.link.toServer.push(encodeInput({ ...numbered, ...KEY }));
    else this.send({ type: 'agent:input', payload: { agentId, data: 'x', ...numbered } });
    return true;
  }

  receive(packet: Packet, now: number): void {
    if (packet instanceof Uint8Array) {
      for (const bytes of unpacked(packet)) {
        const batches = readBatches(bytes);
        if (!batches.ok) throw new Error(batches.error.message);
        for (const header of batches.value) this.step({ type: 'batch', header, bytes });
      }
      this.applyCredit(creditReceived(this.credit, packet.length, this.stream.at, now));
      return;
    }
    const { message } = forViewer(packet);
    this.watch.receive(message);
    if (message.type === 'ack') this.accept(message.payload);
    if (isStreamMessage(message)) this.step(message);
    else if (message.type === 'ack') this.requests.acked(message.payload, now, this.time(now));
    else if (message.type === 'input:ack') this.confirm(message.payload.inputSequence);
  }

  tick(now: number): void {
    this.applyCredit(tickCredit(this.credit, this.stream.at, now));
    this.requests.step({ type: 'tick' }, now, this.time(now));
  }

  /** Q10. */
  private accept({ success, result }: Ack): void {
    const taken = CommandIdSchema.safeParse(result?.commandId);
    if (success && taken.success) this.setting.commands.accepted.add(taken.data);
  }

  private confirm(sequence: number): void {
    this.setting.inputs.confirmed(this.setting.clientId, sequence);
    this.typed = confirmInput(this.typed, sequence);
  }

  private send(message: ViewerMessage, id?: string, askedAt?: number): void {
    this.link?.toServer.push(packed(message, this.setting.codec, id, askedAt));
  }

  /** Where a planted fault may stand around the core. */
  protected advance(input: StreamInput): readonly StreamOutput[] {
    return handleStream(this.stream, input);
  }

  private applyCredit({ state, ack }: ReturnType<typeof tickCredit>): void {
    this.credit = state;
    if (ack !== null) this.send({ type: 'flow:ack', payload: ack });
  }

  private step(input: StreamInput): void {
    const { at, phase } = this.stream;
    const outputs = this.advance(input);
    if (this.stream.at !== at || this.stream.phase !== phase) this.events += 1;
    for (const output of outputs) this.output(output);
  }

  private output(output: StreamOutput): void {
    for (const oracle of this.oracles)
      oracle.delivered(output, this.link?.tampered ?? 0, this.stream.phase === 'live');
    if (output.type === 'subscribe') {
      const after = output.after === null ? {} : { after: output.after };
      const payload = { agentId: this.setting.agentId, history: this.setting.history, ...after };
      this.send({ type: 'subscribe:agent', payload });
    }
  }
}

const oraclesOf = (setting: ViewerSetting) => [new StreamOracle(setting), new ScreenOracle(setting)];
