import type { ViewerMessage } from '@muster/protocol';

/** I1: what makes a request the same one: short, whatever its length, and without its content (X13). */
export const fingerprintOf = ({ type, payload }: ViewerMessage): string =>
  hashOf(JSON.stringify([type, payload]));

/** 53 bits of a text (cyrb53): distinguishes a retry from another request of the same member, not friend from foe. */
export function hashOf(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return `${text.length}-${(high >>> 0).toString(16)}-${(low >>> 0).toString(16)}`;
}
