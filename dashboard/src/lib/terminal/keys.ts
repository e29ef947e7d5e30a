/** The keys a phone's keyboard lacks, as a terminal sends them. */
export type QuickKey =
  | {
      readonly label: string;
      readonly name: string;
      readonly send: string;
      readonly application?: string;
      readonly kitty?: string;
    }
  | { readonly label: string; readonly name: string; readonly send: null };

const ESC = '\x1b';
const arrow = (label: string, name: string, letter: string): QuickKey => ({
  label,
  name,
  send: `${ESC}[${letter}`,
  application: `${ESC}O${letter}`,
  kitty: `${ESC}[${letter}`,
});

export const QUICK_KEYS: readonly QuickKey[] = [
  { label: 'Esc', name: 'Esc', send: ESC, kitty: `${ESC}[27u` },
  { label: 'Tab', name: 'Tab', send: '\t' },
  { label: '⇧Tab', name: 'Shift Tab', send: `${ESC}[Z`, kitty: `${ESC}[9;2u` },
  { label: '^C', name: 'Interrupt, ^C', send: '\x03' },
  arrow('↑', 'Up', 'A'),
  arrow('↓', 'Down', 'B'),
  arrow('←', 'Left', 'D'),
  arrow('→', 'Right', 'C'),
  { label: 'Ctrl', name: 'Ctrl, for the next key', send: null },
  { label: '|', name: 'Pipe', send: '|' },
  { label: '/', name: 'Slash', send: '/' },
];

/** The control character of Ctrl and a character: `c` → ^C, `[` → Escape; null: there is none. */
export function withControl(text: string): string | null {
  if (text.length !== 1) return null;
  if (text === '?') return '\x7f';
  const code = text.toUpperCase().charCodeAt(0);
  if (text === ' ') return '\0';
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : null;
}
