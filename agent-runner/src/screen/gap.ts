const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
/** Ends an escape sequence whose rest is what was lost. */
const CANCEL = '\x18';

/** Where output was lost a dim line says so, as in the pages of viewers (S10). */
export function gapLine(frames: number, bytes: number): Uint8Array {
  const what = bytes > 0 ? sizeOf(bytes) : `${frames} frame${frames === 1 ? '' : 's'}`;
  return new TextEncoder().encode(`${CANCEL}\x1b[0m\r\n\x1b[2m┄┄ ${what} lost here ┄┄\x1b[0m\r\n`);
}

/** As the pages write it. */
function sizeOf(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}
