import {
  type CreditState,
  isStreamMessage,
  NO_CREDIT,
  openStream,
  readBatches,
  received,
  type StreamInput,
  type StreamOutput,
  type StreamState,
  type StreamStep,
  stepStream,
  tickCredit,
} from '@muster/client/sync';
import type { AgentId, Epoch } from '@muster/protocol';
import { unpacked } from '../../agent-runner/test/support/unpacked.ts';
import type { Checks } from './checks.ts';
import { type Link, type Packet, packed, toldViewer } from './link.ts';
import { StreamOracle } from './stream-oracle.ts';
import type { Truth } from './truth.ts';

export interface ViewerSetting {
  readonly history: 'screen' | 'full';
  readonly truth: Truth;
  readonly checks: Checks;
  readonly agentId: AgentId;
  readonly codec: boolean;
  /** Whether room or host can still give this frame. */
  readonly kept: (epoch: Epoch, sequence: number) => boolean;
}

/** Watches what one viewer is given; a new kind of check is a new one of these. */
export interface ViewerOracle {
  /** `tampered`: frames that a meddler took or moved on its socket. @throws Violation */
  delivered(output: StreamOutput, tampered: number): void;
}

/** A viewer: the client's real sync core, and oracles that watch what it delivers. */
export class Viewer {
  link: Link | null = null;
  /** Inputs that changed the core's state. */
  events = 0;
  protected stream: StreamState = openStream(null);
  private readonly setting: ViewerSetting;
  private readonly oracles: readonly ViewerOracle[];
  private credit: CreditState = NO_CREDIT;

  constructor(setting: ViewerSetting) {
    this.setting = setting;
    this.oracles = [new StreamOracle(setting)];
  }

  get at() {
    return this.stream.at;
  }

  get live(): boolean {
    return this.stream.phase === 'live';
  }

  attach(link: Link): void {
    this.link = link;
    this.credit = NO_CREDIT;
    this.step({ type: 'attach' });
  }

  detach(): void {
    this.link = null;
    this.step({ type: 'detach' });
  }

  hear(packet: Packet, now: number): void {
    if (packet instanceof Uint8Array) {
      for (const bytes of unpacked(packet)) {
        const batches = readBatches(bytes);
        if (!batches.ok) throw new Error(batches.error.message);
        for (const header of batches.value) this.step({ type: 'batch', header, bytes });
      }
      this.tell(received(this.credit, packet.length, this.stream.at, now));
      return;
    }
    const message = toldViewer(packet);
    if (isStreamMessage(message)) this.step(message);
  }

  tick(now: number): void {
    this.tell(tickCredit(this.credit, this.stream.at, now));
  }

  /** Where a planted fault may stand around the core. */
  protected advance(state: StreamState, input: StreamInput): StreamStep {
    return stepStream(state, input);
  }

  private tell({ state, ack }: ReturnType<typeof tickCredit>): void {
    this.credit = state;
    if (ack !== null) {
      this.link?.toServer.push(packed({ type: 'flow:ack', payload: ack }, this.setting.codec));
    }
  }

  private step(input: StreamInput): void {
    const { state, outputs } = this.advance(this.stream, input);
    if (state !== this.stream) this.events += 1;
    this.stream = state;
    for (const output of outputs) this.output(output);
  }

  private output(output: StreamOutput): void {
    if (output.type === 'subscribe') {
      const after = output.after === null ? {} : { after: output.after };
      const payload = { agentId: this.setting.agentId, history: this.setting.history, ...after };
      this.link?.toServer.push(packed({ type: 'subscribe:agent', payload }, this.setting.codec));
      return;
    }
    for (const oracle of this.oracles) oracle.delivered(output, this.link?.tampered ?? 0);
  }
}
