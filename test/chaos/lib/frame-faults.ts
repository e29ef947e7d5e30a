import { readBatch } from '@muster/protocol';
import { FrameTransform } from '../../harness/frame-transform.ts';
import { binaryIn } from '../../harness/frames.ts';

/** Of all frames, the share that each of the three is done to. */
const SHARE = 0.05;
/** A frame held back leaves without its successor when none comes within this, ms. */
const HOLD_MS = 100;

/** Frames that S3 and S7 cover; greetings and answers to a fetch a socket delivers, or it dies. */
function isFaultable(frame: Buffer): boolean {
  const body = binaryIn(frame);
  if (body === null) return false;
  const header = readBatch(body);
  return header.ok && !header.value.fetched;
}

/** The links of one end, on which frames come twice, behind the next one, or never. */
export class FrameFaults {
  duplicated = 0;
  reordered = 0;
  dropped = 0;
  /** From now on all goes through. */
  ended = false;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** One direction of one link. */
  passage(): FrameTransform {
    let held: Buffer | null = null;
    let timer: NodeJS.Timeout | undefined;
    const release = (): Buffer[] => {
      clearTimeout(timer);
      const frames = held === null ? [] : [held];
      held = null;
      return frames;
    };
    const passage = new FrameTransform((frame) => {
      if (held !== null || this.ended || !isFaultable(frame)) return [frame, ...release()];
      const out = this.#inject(frame);
      if (out !== 'held') return out;
      held = frame;
      timer = setTimeout(() => {
        for (const late of release()) if (!passage.destroyed) passage.push(late);
      }, HOLD_MS);
      return [];
    });
    passage.on('close', () => clearTimeout(timer));
    return passage;
  }

  #inject(frame: Buffer): readonly Buffer[] | 'held' {
    const draw = this.#random() / SHARE;
    if (draw < 1) {
      this.duplicated += 1;
      return [frame, frame];
    }
    if (draw < 2) {
      this.reordered += 1;
      return 'held';
    }
    if (draw >= 3) return [frame];
    this.dropped += 1;
    return [];
  }
}
