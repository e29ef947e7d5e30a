import { bytes } from '../agents/format.ts';

const encoder = new TextEncoder();
/** Ends an escape sequence whose rest is what was lost. */
const CANCEL = '\x18';

/** Where output was lost, a dim line says so in its place (S10): between lines, never inside a full screen. */
export function gapLine(lost: {
  readonly frames: number | null;
  readonly bytes?: number | undefined;
}): Uint8Array {
  const size =
    lost.bytes !== undefined && lost.bytes > 0
      ? bytes(lost.bytes)
      : lost.frames === null
        ? 'some output'
        : `${lost.frames} frame${lost.frames === 1 ? '' : 's'}`;
  return encoder.encode(`${CANCEL}\x1b[0m\r\n\x1b[2m┄┄ ${size} lost here ┄┄\x1b[0m\r\n`);
}

/** The same for what this page skipped because it could not keep up: it is not lost, a reload shows it. */
export function skippedLine(count: number): Uint8Array {
  return encoder.encode(`${CANCEL}\x1b[0m\r\n\x1b[2m┄┄ ${bytes(count)} skipped to keep up ┄┄\x1b[0m\r\n`);
}
