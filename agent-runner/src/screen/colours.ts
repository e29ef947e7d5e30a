import type { TerminalColors } from '@muster/protocol';

type Rgb = readonly [red: number, green: number, blue: number];

const CUBE_FROM = 16;
const GREY_FROM = 232;
const CUBE_STEPS = [0, 95, 135, 175, 215, 255] as const;

/** The colours of OSC 10, 11 and 12, and those of a selection, which are those of the text. */
export function specialColour(colors: TerminalColors, code: number): string {
  if (code === 12) return colors.cursor;
  return code === 11 || code === 19 ? colors.background : colors.foreground;
}

/** One of the 256. */
export function indexedColour(colors: TerminalColors, index: number): string {
  if (index < CUBE_FROM) return colors.palette[index] ?? colors.foreground;
  if (index >= GREY_FROM) {
    const grey = 8 + (index - GREY_FROM) * 10;
    return hex([grey, grey, grey]);
  }
  const cube = index - CUBE_FROM;
  const step = (value: number) => CUBE_STEPS[value % 6] ?? 0;
  return hex([step(Math.floor(cube / 36)), step(Math.floor(cube / 6)), step(cube)]);
}

const hex = (rgb: Rgb) => `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** As XParseColor reads them, as far as xterm.js does: `#rgb` to `#rrrrggggbbbb`, `rgb:r/g/b` to four digits each. */
export function parseColour(spec: string): Rgb | null {
  const parts = /^#(?:[\da-f]{3}){1,4}$/i.test(spec)
    ? [0, 1, 2].map((part) =>
        spec.slice(1 + (part * (spec.length - 1)) / 3, 1 + ((part + 1) * (spec.length - 1)) / 3),
      )
    : (/^rgb:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})$/i.exec(spec)?.slice(1) ?? []);
  const [red, green, blue] = parts.map((part) =>
    Math.round((Number.parseInt(part, 16) / (16 ** part.length - 1)) * 255),
  );
  return red === undefined || green === undefined || blue === undefined ? null : [red, green, blue];
}

/** `rgb:rrrr/gggg/bbbb`, as xterm reports it. */
export function reported(rgb: Rgb): string {
  return `rgb:${rgb.map((part) => part.toString(16).padStart(2, '0').repeat(2)).join('/')}`;
}

/** Whether text on it is light. */
export function isDark(background: string): boolean {
  const [red, green, blue] = parseColour(background) ?? [0, 0, 0];
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
