import { readFileSync } from 'node:fs';

export type Theme = 'light' | 'dark';
const css = readFileSync(new URL('../../src/app.css', import.meta.url), 'utf8');

function colourOf(name: string, theme: Theme): number[] {
  const [, light = '', dark = ''] =
    new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css) ?? [];
  const hex = theme === 'light' ? light : dark;
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of one of the product's colours on another (WCAG 2). */
export function contrast(text: string, ground: string, theme: Theme): number {
  const [high = 0, low = 0] = [luminance(colourOf(text, theme)), luminance(colourOf(ground, theme))].sort(
    (one, other) => other - one,
  );
  return (high + 0.05) / (low + 0.05);
}
