import { type Ground, PALETTES } from '../terminal/palette.ts';

const NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'brightBlack',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;

/** A colour as a style says it, in CSS: the terminal's own palette. `text` and `ground` are the terminal's two; null: none. */
export function colourOf(colour: number | string | null, ground: Ground): string | null {
  const palette = PALETTES[ground];
  if (colour === 'text') return palette.foreground ?? null;
  if (colour === 'ground') return palette.background ?? null;
  if (typeof colour === 'string' || colour === null) return colour;
  const name = NAMES[colour];
  return name === undefined ? null : (palette[name] ?? null);
}
