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
import type { AgentId, Epoch, StreamEvent } from '@muster/protocol';
import { unpacked } from '../../agent-runner/test/support/unpacked.ts';
import type { Checks } from './checks.ts';
import { type Link, type Packet, packed, toldViewer } from './link.ts';
import type { Told, Truth } from './truth.ts';

export interface ViewerSetting {
  readonly history: 'screen' | 'full';
  readonly truth: Truth;
  readonly checks: Checks;
  readonly agentId: AgentId;
  readonly codec: boolean;
  /** Whether room or host can still give this frame. */
  readonly kept: (epoch: Epoch, sequence: number) => boolean;
}

/** Times a meddler must have taken something before the client may give up on it: it asks twice again. */
const PATIENCE = 3;

/** A viewer: the client's real sync core, and an oracle that watches every frame it delivers. */
export class Viewer {
  link: Link | null = null;
  /** Inputs that changed the core's state. */
  events = 0;
  protected stream: StreamState = openStream(null);
  private readonly setting: ViewerSetting;
  private credit: CreditState = NO_CREDIT;
  /** Where the oracle is: the last thing delivered. */
  private seen: { epoch: Epoch; sequence: number } | null = null;

  constructor(setting: ViewerSetting) {
    this.setting = setting;
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
    for (const output of outputs) this.check(output);
  }

  private check(output: StreamOutput): void {
    switch (output.type) {
      case 'subscribe': {
        const after = output.after === null ? {} : { after: output.after };
        const payload = { agentId: this.setting.agentId, history: this.setting.history, ...after };
        this.link?.toServer.push(packed({ type: 'subscribe:agent', payload }, this.setting.codec));
        return;
      }
      case 'output':
        for (const { sequence, stream, data } of output.frames) {
          this.expectNext(output.epoch, sequence, (told) => isOutput(told, stream, data));
        }
        return;
      case 'event':
        return this.expectNext(output.epoch, output.sequence, (told) => isEvent(told, output.event));
      case 'gap':
        return this.expectGap(output);
      case 'replaying':
        return;
    }
  }

  /** S7: exactly once, in order, and what the host wrote. */
  private expectNext(epoch: Epoch, sequence: number, isTold: (told: Told) => boolean): void {
    const { seen } = this;
    const { checks, truth, history } = this.setting;
    if (seen?.epoch === epoch) {
      checks.hold('S7', sequence === seen.sequence + 1, () => `${sequence} after ${seen.sequence}`);
    } else if (seen !== null && history === 'full') {
      checks.hold('S6a', sequence === 1, () => `epoch ${epoch} began at ${sequence}`);
    }
    const told = truth.at(epoch, sequence);
    checks.hold(
      'S1',
      told !== undefined && isTold(told),
      () => `${epoch}/${sequence} is not what was written`,
    );
    this.seen = { epoch, sequence };
  }

  /** S6, S10: a gap only where something is really lost, and never over an event; a screen may begin late. */
  private expectGap(gap: Extract<StreamOutput, { type: 'gap' }>): void {
    const { checks, truth, history, kept } = this.setting;
    const { epoch } = gap;
    checks.hold('S6a', epoch !== null && truth.frames.has(epoch), () => 'a gap in an epoch nobody opened');
    if (epoch === null) return;
    const end = gap.to ?? truth.last(epoch);
    // What a meddler took from the end of an epoch whose end nobody knows cannot be missed, only marked.
    const excused = (this.link?.tampered ?? 0) >= (gap.to === null ? 1 : PATIENCE);
    for (let sequence = gap.from; history === 'full' && !excused && sequence <= end; sequence += 1) {
      const told = truth.at(epoch, sequence);
      checks.hold('S6', !kept(epoch, sequence), () => `a gap over ${epoch}/${sequence}, which is kept`);
      checks.hold(
        'S10',
        told?.kind !== 'event' || truth.isLost(epoch, sequence),
        () => `event ${epoch}/${sequence} was dropped`,
      );
    }
    if (gap.to !== null) this.seen = { epoch, sequence: gap.to };
  }
}

const isOutput = (told: Told, stream: number, data: Uint8Array) =>
  told.kind === 'output' && told.stream === stream && Buffer.compare(told.data, data) === 0;

const isEvent = (told: Told, event: StreamEvent) =>
  told.kind === 'event' && told.cols === (event.type === 'program:resized' ? event.cols : null);
