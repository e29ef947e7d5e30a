import { type Epoch, encodeSnapshot } from '@muster/protocol';
import type { Frame } from './truth.ts';

/** A terminal's screen as far as it matters here: a number that any other past would make another (S14). */
export type Screen = number;
export const BLANK: Screen = 0;

/** FNV-1a over what the frame says. */
export function drawn(screen: Screen, told: Frame): Screen {
  const mix = (hash: number, byte: number) => Math.imul(hash ^ byte, 0x01000193) >>> 0;
  switch (told.kind) {
    case 'output':
      return told.data.reduce(mix, mix(screen, told.stream));
    case 'event':
      return mix(mix(screen, 7), told.cols ?? 0);
    case 'gap':
      return mix(screen, 9);
  }
}

const NOTHING = new Uint8Array(0);

export function snapshotOfScreen(epoch: Epoch, sequence: number, screen: Screen, now: number): Uint8Array {
  const data = new TextEncoder().encode(String(screen));
  const size = { cols: 80, rows: 24 };
  return encodeSnapshot({ epoch, sequence, ...size, data, modes: NOTHING, pending: NOTHING }, now);
}
