import * as z from 'zod';

const color = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour as #rrggbb');

/** A terminal's colours, for programs that query them (P8). */
export const TerminalColorsSchema = z.object({
  foreground: color,
  background: color,
  cursor: color,
  /** The sixteen of ANSI, in their order. */
  palette: z.array(color).min(16, 'must have 16 colours').max(16, 'must have 16 colours'),
});
export type TerminalColors = z.infer<typeof TerminalColorsSchema>;

/** The dashboard's dark ground: what a program is told before a driver's page has said its own. */
export const DEFAULT_COLORS: TerminalColors = {
  foreground: '#dcdfd3',
  background: '#10120d',
  cursor: '#c3e65a',
  palette: [
    ...['#23261f', '#f2806f', '#a3cf6b', '#e3bf62', '#7fb0ee', '#cf9be6', '#6fc9bd', '#c9ccbf'],
    ...['#868b7b', '#ff9d8d', '#c3e65a', '#f5d884', '#a4c8f7', '#e0b9f2', '#96e0d5', '#f4f6ec'],
  ],
};

/** Flags of the kitty keyboard protocol that a page keeps to: 1, keys that could be mistaken are told apart. */
export const KEYBOARD_FLAGS = 1;
