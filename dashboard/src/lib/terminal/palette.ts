import type { TerminalColors } from '@muster/protocol';
import type { ITheme } from '@xterm/xterm';

/**
 * The sixteen colours, made for each ground: the same hues, light enough on ink, dark enough on paper
 * (each readable by AA on its ground, black and the two greys apart, which programs use as grounds).
 */
const DARK: ITheme = {
  background: '#10120d',
  foreground: '#dcdfd3',
  cursor: '#c3e65a',
  cursorAccent: '#10120d',
  selectionBackground: '#4a5433',
  selectionInactiveBackground: '#363b2b',
  scrollbarSliderBackground: '#ffffff24',
  scrollbarSliderHoverBackground: '#ffffff3d',
  scrollbarSliderActiveBackground: '#ffffff57',
  black: '#23261f',
  red: '#f2806f',
  green: '#a3cf6b',
  yellow: '#e3bf62',
  blue: '#7fb0ee',
  magenta: '#cf9be6',
  cyan: '#6fc9bd',
  white: '#c9ccbf',
  brightBlack: '#868b7b',
  brightRed: '#ff9d8d',
  brightGreen: '#c3e65a',
  brightYellow: '#f5d884',
  brightBlue: '#a4c8f7',
  brightMagenta: '#e0b9f2',
  brightCyan: '#96e0d5',
  brightWhite: '#f4f6ec',
};

const LIGHT: ITheme = {
  background: '#fdfdf9',
  foreground: '#23271c',
  cursor: '#4a6a00',
  cursorAccent: '#fdfdf9',
  selectionBackground: '#d5e4a4',
  selectionInactiveBackground: '#e4e8d4',
  scrollbarSliderBackground: '#00000021',
  scrollbarSliderHoverBackground: '#00000038',
  scrollbarSliderActiveBackground: '#00000052',
  black: '#23271c',
  red: '#b3271a',
  green: '#3d6d07',
  yellow: '#7d5a00',
  blue: '#1c5bb0',
  magenta: '#8a35a8',
  cyan: '#0b6e66',
  white: '#6d7263',
  brightBlack: '#5d6254',
  brightRed: '#cf3423',
  brightGreen: '#467a0c',
  brightYellow: '#8c6600',
  brightBlue: '#2a6bc6',
  brightMagenta: '#9c46ba',
  brightCyan: '#0f7a72',
  brightWhite: '#3b4031',
};

export type Ground = 'dark' | 'light';
export const PALETTES: Record<Ground, ITheme> = { dark: DARK, light: LIGHT };

const ANSI = [
  ...(['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const),
  ...(['brightBlack', 'brightRed', 'brightGreen', 'brightYellow'] as const),
  ...(['brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const),
];

/** P8: what a program is told when it asks. */
export function colorsOf(ground: Ground): TerminalColors {
  const theme = PALETTES[ground];
  const { foreground = '', background = '', cursor = '' } = theme;
  return { foreground, background, cursor, palette: ANSI.map((name) => theme[name] ?? '') };
}

/** Colours a program chose itself are bent, when drawn, until they can be read on this ground. */
export const MIN_CONTRAST: Record<Ground, number> = { dark: 3, light: 3.5 };

/** Search hits; xterm.js wants #RRGGBB. */
export const SEARCH_COLOURS: Record<Ground, { hit: string; active: string }> = {
  dark: { hit: '#5a5320', active: '#c3e65a' },
  light: { hit: '#f2e3a0', active: '#a9cf3a' },
};
