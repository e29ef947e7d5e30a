import { DEFAULT_COLORS } from '@muster/protocol';
import { expect, test } from 'vitest';
import { colorsOf, MIN_CONTRAST, PALETTES } from '../../src/lib/terminal/palette.ts';

/** Relative luminance of #RRGGBB (WCAG 2). */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((v) =>
    v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(left: string, right: string): number {
  const [dark = 0, light = 0] = [luminance(left), luminance(right)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const HUES = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
const BRIGHT = [
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
] as const;
const NAMES = [...HUES, ...BRIGHT, 'brightBlack', 'brightWhite', 'foreground'] as const;

test.each(['dark', 'light'] as const)('every %s text colour reads by AA on its ground', (ground) => {
  const palette = PALETTES[ground];
  for (const name of NAMES) {
    const ratio = contrast(palette[name] ?? '#000000', palette.background ?? '#000000');
    expect(ratio, name).toBeGreaterThanOrEqual(4.5);
  }
});

test('the emulator is told to give colours of a program’s own a contrast of at least 3', () => {
  expect(Math.min(...Object.values(MIN_CONTRAST))).toBeGreaterThanOrEqual(3);
});

test('[P8] until a page has sent its own, a program gets the colours of the dark theme', () => {
  expect(colorsOf('dark')).toEqual(DEFAULT_COLORS);
});
