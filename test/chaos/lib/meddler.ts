import { readBatch } from '@muster/protocol';
import { binaryIn } from '../../harness/frames.ts';
import { FramePassage } from '../../harness/passages.ts';

export interface Meddled {
  duplicated: number;
  reordered: number;
  dropped: number;
}

/** Of all frames with output, the share that each of the three is done to. */
const SHARE = 0.03;
/** A frame held back leaves without its successor when none comes within this, ms. */
const HOLD_MS = 50;

/** Frames that S3 and S7 cover; greetings and answers to a fetch a socket delivers, or it dies. */
function isMeddled(frame: Buffer): boolean {
  const body = binaryIn(frame);
  if (body === null) return false;
  const header = readBatch(body);
  return header.ok && !header.value.fetched;
}

/** One direction of a link in which frames come twice, behind the next one, or never. */
export function meddledPassage(random: () => number, counts: Meddled): FramePassage {
  let held: Buffer | null = null;
  let timer: NodeJS.Timeout | undefined;
  const release = (): Buffer[] => {
    clearTimeout(timer);
    const frames = held === null ? [] : [held];
    held = null;
    return frames;
  };
  const hold = (frame: Buffer) => {
    counts.reordered += 1;
    held = frame;
    timer = setTimeout(() => {
      for (const late of release()) if (!passage.destroyed) passage.push(late);
    }, HOLD_MS);
    return [];
  };
  const passage = new FramePassage((frame) => {
    if (!isMeddled(frame)) return [frame, ...release()];
    if (held !== null) return [frame, ...release()];
    const draw = random();
    if (draw < SHARE) {
      counts.duplicated += 1;
      return [frame, frame];
    }
    if (draw < 2 * SHARE) return hold(frame);
    if (draw < 3 * SHARE) {
      counts.dropped += 1;
      return [];
    }
    return [frame];
  });
  passage.on('close', () => clearTimeout(timer));
  return passage;
}
