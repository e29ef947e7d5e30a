import { batchesIn, type Epoch, framesOf, textOf } from '@muster/protocol';

/** What was put into the spool: the only measure of what a viewer must see. */
export class Truth {
  readonly frames = new Map<Epoch, Map<number, string>>();
  /** Frames that a fault of the disk really took away: a viewer may be told of a gap there, and only there. */
  readonly lost = new Map<Epoch, Set<number>>();

  append(batch: Uint8Array): void {
    for (const header of batchesIn(batch)) {
      const known = this.frames.get(header.epoch) ?? new Map<number, string>();
      this.frames.set(header.epoch, known);
      for (const frame of framesOf(batch, header)) {
        const line = `${header.kind}:${frame.stream}:${textOf(frame.data)}`;
        const before = known.get(frame.sequence);
        if (before !== undefined) throw new Error(`[S1] ${header.epoch}/${frame.sequence} was told two ways`);
        known.set(frame.sequence, line);
      }
    }
  }

  lineAt(epoch: Epoch, sequence: number): string | undefined {
    return this.frames.get(epoch)?.get(sequence);
  }

  /** The disk lost everything of this epoch after `kept`. */
  lose(epoch: Epoch, kept: number): void {
    const lost = this.lost.get(epoch) ?? new Set<number>();
    this.lost.set(epoch, lost);
    for (const sequence of this.frames.get(epoch)?.keys() ?? []) if (sequence > kept) lost.add(sequence);
  }

  isLost(epoch: Epoch, sequence: number): boolean {
    return this.lost.get(epoch)?.has(sequence) ?? false;
  }

  get epochs(): readonly Epoch[] {
    return [...this.frames.keys()];
  }
}
