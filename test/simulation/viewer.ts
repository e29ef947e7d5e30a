import {
  type CreditState,
  isStreamMessage,
  NO_CREDIT,
  openStream,
  readBatches,
  received,
  type StreamOutput,
  type StreamState,
  stepStream,
  tickCredit,
} from '@muster/client/sync';
import { type AgentId, decodeServer, type Epoch, encodeMessage, textOf } from '@muster/protocol';
import { unpacked } from '../../agent-runner/test/support/unpacked.ts';
import type { Link, Packet } from './link.ts';
import type { Truth } from './truth.ts';

/** A viewer: the client's real sync core, and an oracle that watches every frame it delivers. */
export class Viewer {
  link: Link | null = null;
  readonly history: 'screen' | 'full';
  private readonly truth: Truth;
  private readonly agentId: AgentId;
  private stream: StreamState = openStream(null);
  private credit: CreditState = NO_CREDIT;
  /** Where the oracle is: the last thing delivered. */
  private seen: { epoch: Epoch; sequence: number } | null = null;
  delivered = 0;
  gaps = 0;

  constructor(history: 'screen' | 'full', truth: Truth, agentId: AgentId) {
    this.history = history;
    this.truth = truth;
    this.agentId = agentId;
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
    if (typeof packet !== 'string') {
      for (const bytes of unpacked(packet)) {
        const batches = readBatches(bytes);
        if (!batches.ok) throw new Error(batches.error.message);
        for (const header of batches.value) this.step({ type: 'batch', header, bytes });
      }
      this.tell(received(this.credit, packet.length, this.stream.at, now));
      return;
    }
    const decoded = decodeServer(packet);
    if (!decoded.ok) throw new Error(decoded.error.error.message);
    if (isStreamMessage(decoded.value.message)) this.step(decoded.value.message);
  }

  tick(now: number): void {
    this.tell(tickCredit(this.credit, this.stream.at, now));
  }

  private tell({ state, ack }: ReturnType<typeof tickCredit>): void {
    this.credit = state;
    if (ack !== null) this.link?.toServer.push(encodeMessage({ type: 'flow:ack', payload: ack }));
  }

  private step(input: Parameters<typeof stepStream>[1]): void {
    const { state, outputs } = stepStream(this.stream, input);
    this.stream = state;
    for (const output of outputs) this.check(output);
  }

  private check(output: StreamOutput): void {
    switch (output.type) {
      case 'subscribe': {
        const after = output.after === null ? {} : { after: output.after };
        const payload = { agentId: this.agentId, history: this.history, ...after };
        this.link?.toServer.push(encodeMessage({ type: 'subscribe:agent', payload }));
        return;
      }
      case 'output':
        for (const frame of output.frames) {
          this.expectNext(output.epoch, frame.sequence, `output:${frame.stream}:${textOf(frame.data)}`);
        }
        return;
      case 'event':
        return this.expectNext(output.epoch, output.sequence, null);
      case 'gap':
        return this.expectGap(output);
      case 'replaying':
        return;
    }
  }

  /** S7: exactly once, in order, and what the host wrote. */
  private expectNext(epoch: Epoch, sequence: number, line: string | null): void {
    const { seen } = this;
    if (seen?.epoch === epoch && sequence !== seen.sequence + 1) {
      throw new Error(`[S7] ${sequence} after ${seen.sequence}`);
    }
    if (seen !== null && seen.epoch !== epoch && sequence !== 1 && this.history === 'full') {
      throw new Error(`[S6a] epoch ${epoch} began at ${sequence}`);
    }
    const truth = this.truth.lineAt(epoch, sequence);
    if (truth === undefined || (line !== null && truth !== line))
      throw new Error(`[S1] ${sequence} is not what was written`);
    this.seen = { epoch, sequence };
    this.delivered += 1;
  }

  /** S6: a gap only where the disk really lost something; a screen may begin late. */
  private expectGap(gap: Extract<StreamOutput, { type: 'gap' }>): void {
    this.gaps += 1;
    const epoch = this.truth.epochs.find((known) => known === gap.epoch);
    if (epoch === undefined) throw new Error(`[S6a] a gap in an epoch nobody opened`);
    const end = gap.to ?? Math.max(0, ...(this.truth.frames.get(epoch)?.keys() ?? []));
    for (let sequence = gap.from; sequence <= end; sequence += 1) {
      if (!this.truth.isLost(epoch, sequence) && this.history === 'full') {
        throw new Error(`[S6] a gap over ${epoch}/${sequence}, which is on the disk`);
      }
    }
    if (gap.to !== null) this.seen = { epoch, sequence: gap.to };
  }
}
