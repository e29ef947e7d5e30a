import type { StreamOutput } from '@muster/client/sync';
import type { Epoch, StreamEvent } from '@muster/protocol';
import type { Frame } from './truth.ts';
import type { ViewerOracle, ViewerSetting } from './viewer.ts';

/** Times a meddler must have taken something before the client may give up on it: it asks twice again. */
const PATIENCE = 3;

/** Holds every frame that a viewer delivers against what the host wrote. */
export class StreamOracle implements ViewerOracle {
  private readonly setting: ViewerSetting;
  /** The last thing delivered. */
  private seen: { epoch: Epoch; sequence: number } | null = null;

  constructor(setting: ViewerSetting) {
    this.setting = setting;
  }

  delivered(output: StreamOutput, tampered: number): void {
    switch (output.type) {
      case 'output':
        for (const { sequence, stream, data } of output.frames) {
          this.expectNext(output.epoch, sequence, (told) => isOutput(told, stream, data));
        }
        return;
      case 'event':
        return this.expectNext(output.epoch, output.sequence, (told) => isEvent(told, output.event));
      case 'gap':
        return this.expectGap(output, tampered);
      case 'snapshot': {
        const { epoch, sequence } = output.snapshot;
        this.seen = { epoch, sequence };
        return;
      }
      case 'replaying':
      case 'subscribe':
        return;
    }
  }

  /** S7: exactly once, in order, and what the host wrote. */
  private expectNext(epoch: Epoch, sequence: number, isTold: (told: Frame) => boolean): void {
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
  private expectGap(gap: Extract<StreamOutput, { type: 'gap' }>, tampered: number): void {
    const { checks, truth, history, kept, hadStored } = this.setting;
    const { epoch } = gap;
    checks.hold('S6a', epoch !== null && truth.frames.has(epoch), () => 'a gap in an epoch nobody opened');
    if (epoch === null) return;
    const end = gap.to ?? truth.last(epoch);
    // What a meddler took from the end of an epoch whose end nobody knows cannot be missed, only marked.
    const excused = tampered >= (gap.to === null ? 1 : PATIENCE);
    for (let sequence = gap.from; history === 'full' && !excused && sequence <= end; sequence += 1) {
      const told = truth.at(epoch, sequence);
      checks.hold('S6', !kept(epoch, sequence), () => `a gap over ${epoch}/${sequence}, which is kept`);
      checks.hold(
        'S10',
        told?.kind !== 'event' || truth.isLost(epoch, sequence) || hadStored(epoch, sequence),
        () => `event ${epoch}/${sequence} was dropped`,
      );
    }
    if (gap.to !== null) this.seen = { epoch, sequence: gap.to };
  }
}

const isOutput = (told: Frame, stream: number, data: Uint8Array) =>
  told.kind === 'output' && told.stream === stream && Buffer.compare(told.data, data) === 0;

const isEvent = (told: Frame, event: StreamEvent) =>
  told.kind === 'event' && told.cols === (event.type === 'program:resized' ? event.cols : null);
