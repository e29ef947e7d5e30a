/** Names of characters that hide or reorder, for a person who reads a mark or hears it. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'null'],
  [0x07, 'bell'],
  [0x08, 'backspace'],
  [0x09, 'tab'],
  [0x0a, 'line feed'],
  [0x0b, 'vertical tab'],
  [0x0c, 'form feed'],
  [0x0d, 'carriage return'],
  [0x1b, 'escape'],
  [0x20, 'space'],
  [0x7f, 'delete'],
  [0x85, 'next line'],
  [0xa0, 'no-break space'],
  [0xad, 'soft hyphen'],
  [0x61c, 'Arabic letter mark'],
  [0x200b, 'zero width space'],
  [0x200c, 'zero width non-joiner'],
  [0x200d, 'zero width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x2028, 'line separator'],
  [0x2029, 'paragraph separator'],
  [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'],
  [0x202c, 'pop directional formatting'],
  [0x202d, 'left-to-right override'],
  [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'],
  [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'],
  [0x2068, 'first strong isolate'],
  [0x2069, 'pop directional isolate'],
  [0x2800, 'blank braille pattern'],
  [0x3000, 'ideographic space'],
  [0x3164, 'Hangul filler'],
  [0xfeff, 'byte order mark'],
]);

/** A kind of character by its pattern, where it has no name here; the first that matches. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\p{Cc}$/u, 'control character'],
  [/^\p{Cs}$/u, 'half of a character'],
  [/^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]$/u, 'variation selector'],
  [/^[\u{e0000}-\u{e007f}]$/u, 'tag character'],
  [/^\p{Co}$/u, 'private use'],
  [/^\p{Zs}$/u, 'unusual space'],
  [/^\p{Default_Ignorable_Code_Point}$/u, 'invisible character'],
  [/^\p{Cn}$/u, 'unassigned'],
];

/** How code charts write a code point: `U+202E`. */
export const labelOf = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

export function nameOf(code: number): string {
  const character = String.fromCodePoint(code);
  const name = NAMES.get(code) ?? KINDS.find(([pattern]) => pattern.test(character))?.[1];
  return name ?? 'invisible character';
}
