import type { Entry } from './measure.ts';

const ROW = 22;
const LABEL = 430;
const PEER = 300;
const PLOT = 360;
const TOP = 46;
/** Ratios beyond this many times are drawn as that. */
const MOST = 32;
const STEPS = [1 / 16, 1 / 4, 1, 4, 16];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .quiet { fill: #59636e; } .line { stroke: #d1d9e0; } .one { stroke: #59636e; }
  .better { fill: #1a7f37; } .worse { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .quiet { fill: #9198a1; } .line { stroke: #3d444d; } .one { stroke: #9198a1; }
    .better { fill: #3fb950; } .worse { fill: #db6d28; }
  }`;

const escaped = (text: string) => text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (text: string, characters: number) =>
  text.length > characters ? `${text.slice(0, characters - 1)}…` : text;

/** Of rates more is better, of times and memory less. */
const timesBetter = ({ unit, ratio }: Entry): number | null =>
  ratio === null || ratio <= 0 ? null : unit.endsWith('/s') ? ratio : 1 / ratio;

function xOf(times: number): number {
  const bounded = Math.min(MOST, Math.max(1 / MOST, times));
  return LABEL + PEER + (PLOT * (Math.log(bounded) + Math.log(MOST))) / (2 * Math.log(MOST));
}

function bar(entry: Entry, times: number, index: number): string {
  const y = TOP + index * ROW;
  const from = Math.min(xOf(times), xOf(1));
  const width = Math.max(1, Math.abs(xOf(times) - xOf(1)));
  const shown = times.toLocaleString('en', { maximumSignificantDigits: 2 });
  return [
    `<text x="8" y="${y + 14}">${escaped(`${entry.id} ${short(entry.what, 62)}`)}</text>`,
    `<text x="${LABEL}" y="${y + 14}" class="quiet">${escaped(short(entry.peer, 44))}</text>`,
    `<rect x="${from}" y="${y + 3}" width="${width}" height="${ROW - 8}" class="${times >= 1 ? 'better' : 'worse'}"/>`,
    `<text x="${LABEL + PEER + PLOT + 8}" y="${y + 14}">${shown} ×</text>`,
  ].join('\n');
}

/** How many times better than each peer, on a scale on which twice as good is as far to the right as half to the left. */
export function chart(entries: readonly Entry[]): string {
  const bars = entries.flatMap((entry) => {
    const times = timesBetter(entry);
    return times === null ? [] : [{ entry, times }];
  });
  const width = LABEL + PEER + PLOT + 60;
  const bottom = TOP + bars.length * ROW;
  const steps = STEPS.map((step) => {
    const x = xOf(step);
    const name = step < 1 ? `1/${1 / step}` : String(step);
    return `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}" class="${step === 1 ? 'one' : 'line'}"/>
<text x="${x}" y="${TOP - 12}" text-anchor="middle" class="quiet">${name} ×</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 10}" role="img">
<title>Muster beside its peers: how many times better</title>
<style>${STYLE}
</style>
<text x="8" y="20">Muster beside its peers: right of the line it is better</text>
${steps.join('\n')}
${bars.map(({ entry, times }, index) => bar(entry, times, index)).join('\n')}
</svg>
`;
}
