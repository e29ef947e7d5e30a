import { type BatchHeader, batchesIn, decodeStreamEvents, type Epoch, framesOf } from '@muster/protocol';
import type { Checks } from './checks.ts';
import { BLANK, drawn, type Screen } from './screen.ts';

/** What a number stands for: bytes of output, a size the terminal took, another event, or output lost to a full disk. */
export type Frame =
  | { readonly kind: 'output'; readonly stream: number; readonly data: Uint8Array }
  | { readonly kind: 'event'; readonly cols: number | null }
  | { readonly kind: 'gap' };

/** What was put into the spools: the only measure of what a viewer must see. */
export class Truth {
  readonly frames = new Map<string, Frame[]>();
  private readonly screens = new Map<Epoch, Screen[]>();
  /** Frames that a fault really took away: a viewer may be told of a gap there, and only there. */
  private readonly lost = new Map<Epoch, { from: number; to: number }[]>();
  private readonly checks: Checks;
  /** N2: the start each epoch belongs to, and the one that counts. */
  private readonly starts = new Map<Epoch, number>();
  private newest = 0;

  constructor(checks: Checks) {
    this.checks = checks;
  }

  /** S1: every number once, one after the other. */
  append(batch: Uint8Array): void {
    for (const header of batchesIn(batch)) {
      const known = this.frames.get(header.epoch) ?? [];
      this.frames.set(header.epoch, known);
      this.checks.hold(
        'S1',
        header.first === known.length + 1,
        () => `${header.epoch}/${header.first} after ${known.length}: a number was told two ways`,
      );
      known.push(...toldIn(batch, header));
    }
  }

  /** S14: the screen of one who saw all of an epoch up to here. */
  screenAt(epoch: Epoch, sequence: number): Screen | undefined {
    const screens = this.screens.get(epoch) ?? [];
    this.screens.set(epoch, screens);
    for (let next = screens.length + 1; next <= sequence; next += 1) {
      const told = this.at(epoch, next);
      if (told === undefined) return undefined;
      screens.push(drawn(screens.at(-1) ?? BLANK, told));
    }
    return screens[sequence - 1];
  }

  at(epoch: string, sequence: number): Frame | undefined {
    return this.frames.get(epoch)?.[sequence - 1];
  }

  last(epoch: Epoch): number {
    return this.frames.get(epoch)?.length ?? 0;
  }

  /** The host lost everything of this epoch after `kept`. */
  lose(epoch: Epoch, kept: number, to = this.last(epoch)): void {
    const runs = this.lost.get(epoch) ?? [];
    this.lost.set(epoch, runs);
    runs.push({ from: kept + 1, to });
  }

  opened(epoch: Epoch, generation: number): void {
    this.starts.set(epoch, generation);
  }

  /** N2: what older starts have not delivered is lost. */
  movedTo(generation: number): void {
    this.newest = Math.max(this.newest, generation);
  }

  isLost(epoch: Epoch, sequence: number): boolean {
    if ((this.starts.get(epoch) ?? 0) < this.newest) return true;
    return this.lost.get(epoch)?.some(({ from, to }) => from <= sequence && sequence <= to) ?? false;
  }
}

function toldIn(batch: Uint8Array, header: BatchHeader): Frame[] {
  if (header.kind === 'gap') {
    return Array.from({ length: header.last - header.first + 1 }, () => ({ kind: 'gap' }));
  }
  if (header.kind === 'output') {
    return [...framesOf(batch, header)].map(({ stream, data }) => ({ kind: 'output', stream, data }));
  }
  const events = decodeStreamEvents(batch, header);
  if (!events.ok) throw new Error(events.error.message);
  return events.value.map((event) => ({
    kind: 'event',
    cols: event.type === 'program:resized' ? event.cols : null,
  }));
}
