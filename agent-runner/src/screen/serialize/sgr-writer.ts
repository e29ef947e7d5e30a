import type { Attributes } from '../internals.ts';
import { BG, COLOUR, COLOUR_MODE, FG, MODE, PLAIN, underlineOf } from './bits.ts';

/** A link by xterm's number of it: what OSC 8 says of it, or undefined when it is forgotten. */
export type HyperlinkLookup = (id: number) => { readonly id?: string; readonly uri: string } | undefined;

const FG_FLAGS: readonly (readonly [number, number])[] = [
  [FG.bold, 1],
  [FG.blink, 5],
  [FG.inverse, 7],
  [FG.invisible, 8],
  [FG.strikethrough, 9],
];
const BG_FLAGS: readonly (readonly [number, number])[] = [
  [BG.dim, 2],
  [BG.italic, 3],
  [BG.overline, 53],
];

/** Writes the SGR and OSC 8 sequences that change a terminal's current attributes. It begins reset. */
export class SgrWriter {
  readonly #links: HyperlinkLookup;
  #attributes: Attributes = PLAIN;
  #url = 0;

  constructor(links: HyperlinkLookup) {
    this.#links = links;
  }

  /** For a cell: what it does not keep (the colour of an underline it has not) counts as unset. */
  forCell(look: Attributes): string {
    return this.#change(look, (look.bg & BG.extended) === 0 ? PLAIN.extended : look.extended);
  }

  /**
   * For what is to be written next: also what no cell has yet. A link that is open and does not show, since a cursor was
   * restored, cannot be had without showing.
   */
  forCursor(look: Attributes): string {
    const { extended } = look;
    const hidden = (look.bg & BG.extended) === 0 && extended.urlId !== 0;
    return this.#change(
      look,
      hidden ? { ...PLAIN.extended, underlineColor: extended.underlineColor } : extended,
    );
  }

  reset(): string {
    return this.#change(PLAIN, PLAIN.extended);
  }

  #change({ fg, bg }: Attributes, extended: Attributes['extended']): string {
    const link = this.#linkTo(extended.urlId);
    const was = this.#attributes;
    if (isSame(was, fg, bg, extended)) return link;
    const next = { fg, bg, extended };
    this.#attributes = next;
    const sgr = `\x1b[${sgrOf(next)}m`;
    // SGR 0 takes the protection away.
    if ((bg & BG.protected) !== 0) return `${link}${sgr}\x1b[1"q`;
    return isPlain(next) && isPlain(was) ? link : link + sgr;
  }

  #linkTo(urlId: number): string {
    const link = urlId === 0 ? undefined : this.#links(urlId);
    const url = link === undefined ? 0 : urlId;
    if (url === this.#url) return '';
    this.#url = url;
    if (link === undefined) return '\x1b]8;;\x1b\\';
    // A link without an id is one link however often it is taken up again.
    return `\x1b]8;id=${link.id ?? `muster-${urlId}`};${link.uri}\x1b\\`;
  }
}

function isSame(now: Attributes, fg: number, bg: number, extended: Attributes['extended']): boolean {
  if (now.fg !== fg || now.bg !== bg) return false;
  return now.extended._ext === extended._ext && now.extended.urlId === extended.urlId;
}

const isPlain = (look: Attributes) => sgrOf(look) === '' && (look.bg & BG.protected) === 0;

export function sgrOf(look: Attributes): string {
  const codes: (number | string)[] = [];
  for (const [flag, code] of FG_FLAGS) if ((look.fg & flag) !== 0) codes.push(code);
  for (const [flag, code] of BG_FLAGS) if ((look.bg & flag) !== 0) codes.push(code);
  const underline = underlineOf(look);
  if (underline !== 0) codes.push(underline === 1 ? 4 : `4:${underline}`);
  pushColour(codes, look.fg, 30);
  pushColour(codes, look.bg, 40);
  const { underlineColor } = look.extended;
  const [red, green, blue] = rgbOf(underlineColor);
  if ((underlineColor & COLOUR_MODE) === MODE.rgb) codes.push(`58:2::${red}:${green}:${blue}`);
  else if ((underlineColor & COLOUR_MODE) !== MODE.default) codes.push(`58:5:${blue}`);
  return codes.length === 0 ? '' : `0;${codes.join(';')}`;
}

/** `base`: 30 for the text, 40 for the ground. */
function pushColour(codes: (number | string)[], bits: number, base: 30 | 40): void {
  const [red, green, blue] = rgbOf(bits & COLOUR);
  switch (bits & COLOUR_MODE) {
    case MODE.sixteen:
      codes.push(blue < 8 ? base + blue : base + 60 + (blue & 7));
      return;
    case MODE.palette:
      codes.push(base + 8, 5, blue);
      return;
    case MODE.rgb:
      codes.push(base + 8, 2, red, green, blue);
  }
}

const rgbOf = (bits: number) => [(bits >>> 16) & 0xff, (bits >>> 8) & 0xff, bits & 0xff] as const;
