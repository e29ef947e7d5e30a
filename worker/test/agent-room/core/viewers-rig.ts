import { encodeBatch, STREAM } from '@muster/protocol';
import { E1, type Rig } from './rig.ts';

/** A batch of about 100 kB. */
export function big(first: number): Uint8Array {
  const data = new Uint8Array(10_000);
  return encodeBatch({
    kind: 'output',
    epoch: E1,
    first,
    chunks: Array.from({ length: 10 }, () => ({ stream: STREAM.stdout, data, time: 1 })),
  });
}

export const placeOf = (rig: Rig, viewer: string) => rig.room.viewers.get(viewer)?.subscription?.at;
