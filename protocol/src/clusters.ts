/** The character measurement of xterm.js: `charProperties` of one, after the one before it. */
interface WidthProvider {
  readonly version: string;
  wcwidth(code: number): 0 | 1 | 2;
  charProperties(code: number, preceding: number): number;
}

interface Measured {
  readonly unicode: { register(provider: WidthProvider): void; activeVersion: string };
}

interface ClusterAddon {
  activate(terminal: Measured): void;
}

const CLUSTERS = '15-graphemes';
const OURS = 'muster';
/** xterm.js's own bits of `charProperties`: it joins the character before it; its width. */
const JOINS = 1;
const WIDTH = 6;
/** … above which lies what kind it is of, 0: none that joins. */
const KIND = 3;
const LETTER = 0x61;
const EMOJI = 0x1f98a;
const IDEOGRAPH = 0x6f22;
const ACCENT = 0x301;

/** Controls of Unicode that take no room and end a cluster: no terminal gives them a column. */
const isInvisible = (code: number): boolean =>
  code === 0x200b ||
  (code >= 0x200e && code <= 0x200f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x206f) ||
  code === 0xfeff;

/**
 * How wide characters are in every terminal of ours, a keeper's and a page's alike: by the grapheme clusters of Unicode
 * 15, each one character. `addon`: xterm.js's for them.
 * @throws Error when it is another, or its table is damaged
 */
export function measureClusters(terminal: Measured, addon: ClusterAddon): void {
  const found: WidthProvider[] = [];
  addon.activate({ unicode: { register: (provider) => found.push(provider), activeVersion: '' } });
  const clusters = found.find(({ version }) => version === CLUSTERS);
  if (clusters === undefined) throw new Error(`the add-on does not measure by ${CLUSTERS}`);
  const plain = clusters.charProperties(LETTER, 0);
  const widths = [LETTER, IDEOGRAPH, EMOJI].map((code) => clusters.wcwidth(code));
  if (widths.join() !== '1,2,2' || (clusters.charProperties(ACCENT, plain) & JOINS) === 0)
    throw new Error("the add-on's table of Unicode is damaged");
  terminal.unicode.register({
    version: OURS,
    wcwidth: (code) => (isInvisible(code) ? 0 : clusters.wcwidth(code)),
    charProperties: (code, preceding) => {
      // ASCII after what joins nothing, as most is.
      if (code < 0x7f && code >= 0x20 && preceding >> KIND === 0) return plain;
      if (code < 0x200b || preceding === 0 || !isInvisible(code))
        return clusters.charProperties(code, preceding);
      return (preceding & WIDTH) | JOINS;
    },
  });
  terminal.unicode.activeVersion = OURS;
}
