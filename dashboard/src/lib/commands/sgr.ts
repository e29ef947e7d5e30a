/** How a piece of output is drawn. Colours: an index of the palette, or `#rrggbb`; null: the ground's own. */
export interface Style {
  readonly colour: number | string | null;
  readonly ground: number | string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  readonly strike: boolean;
}

export const PLAIN: Style = {
  colour: null,
  ground: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
};

const SWITCHES: Readonly<Record<number, Partial<Style>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  7: { inverse: true },
  9: { strike: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { colour: null },
  49: { ground: null },
};

const hex = (value: number) => Math.min(255, Math.max(0, value)).toString(16).padStart(2, '0');
const rgb = (red: number, green: number, blue: number) => `#${hex(red)}${hex(green)}${hex(blue)}`;

/** xterm's 256: 16 of the palette, a cube of six steps, greys. */
function indexed(index: number): number | string {
  if (index < 16) return index;
  if (index >= 232) return rgb(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const at = index - 16;
  return rgb(level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6));
}

/** A colour as `5, index` or `2, red, green, blue`; null: it is none. */
function colourOf([kind, ...values]: readonly number[]): number | string | null {
  const [first = 0, green = 0, blue = 0] = values;
  if (kind === 5) return indexed(first);
  return kind === 2 ? rgb(first, green, blue) : null;
}

/** How many parameters a colour takes that stands in parameters of its own, by its kind. */
const COLOUR_PARAMETERS: Readonly<Record<number, number>> = { 2: 4, 5: 2 };
/** Text, ground, underline. */
const COLOURED: Readonly<Record<number, 'colour' | 'ground' | null>> = {
  38: 'colour',
  48: 'ground',
  58: null,
};

/** One number of 30 to 37, 40 to 47, 90 to 97 or 100 to 107; null: it is none of them. */
function simple(code: number): Partial<Style> | null {
  if (code >= 30 && code <= 37) return { colour: code - 30 };
  if (code >= 40 && code <= 47) return { ground: code - 40 };
  if (code >= 90 && code <= 97) return { colour: code - 82 };
  if (code >= 100 && code <= 107) return { ground: code - 92 };
  return null;
}

/**
 * Applies the parameters of `CSI … m` to a style. Unknown ones change nothing. Semicolons separate parameters, colons the
 * parts of one: `38;2;1;2;3` and, with an optional colour space, `38:2::1:2:3`; `4:0` to `4:5` are underlines.
 */
export function restyled(style: Style, parameters: string): Style {
  const codes = parameters.split(';').map((code) => code.split(':').map((part) => Number(part) || 0));
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const [code = 0, ...parts] = codes[at] ?? [];
    const coloured = COLOURED[code];
    if (code === 0) next = PLAIN;
    else if (coloured !== undefined) {
      const following = codes.slice(at + 1).map(([first = 0]) => first);
      if (parts.length === 0) at += COLOUR_PARAMETERS[following[0] ?? 0] ?? 0;
      else if (parts[0] === 2 && parts.length > 4) parts.splice(1, 1);
      if (coloured !== null) next = { ...next, [coloured]: colourOf(parts.length === 0 ? following : parts) };
    } else if (code === 4) next = { ...next, underline: parts[0] !== 0 };
    else next = { ...next, ...(SWITCHES[code] ?? simple(code) ?? {}) };
  }
  return next;
}
