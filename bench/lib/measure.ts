import { type Absent, type Contender, goalText, isMet, type Row, type Sample } from './row.ts';
import { median } from './statistics.ts';

/** One line of the table and of results.json: one figure against one peer. */
export interface Entry {
  readonly id: string;
  readonly what: string;
  readonly figure: number | null;
  readonly unit: string;
  readonly peer: string;
  readonly peerFigure: number | null;
  /** figure / peerFigure: above 1 is better for rates, below 1 for times. */
  readonly ratio: number | null;
  readonly goal: string;
  readonly met: boolean | null;
}

type Print = (text: string) => void;
type Samples = Map<Contender, Sample[]>;

/** Where there is nobody to compare with. */
const NOBODY: Absent = { id: 'nobody', name: '–', absent: '' };

const isHere = (peer: Contender | Absent): peer is Contender => 'sample' in peer;

/**
 * Measures a row: every contender once a round, the rounds beginning with another one each time, so that
 * what else the machine does meets all of them. A contender that fails is said and has no figure.
 */
export async function measure(row: Row, rounds: number, say: Print): Promise<Entry[]> {
  const { muster, peers } = await row.open();
  const here = [muster, ...peers.filter(isHere)];
  try {
    const samples: Samples = new Map(here.map((contender) => [contender, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < here.length; turn += 1) {
        const contender = here[(round + turn) % here.length];
        if (contender !== undefined)
          await sampleOnce(contender, samples, `${row.id} ${round + 1}/${rounds}`, say);
      }
    }
    return entriesOf(row, muster, peers, samples);
  } finally {
    await Promise.all(here.map((contender) => contender[Symbol.asyncDispose]()));
  }
}

async function sampleOnce(contender: Contender, samples: Samples, place: string, say: Print): Promise<void> {
  try {
    const sample = await contender.sample();
    samples.get(contender)?.push(sample);
    const figures = Object.entries(sample).map(([key, value]) => `${key} ${value.toFixed(2)}`);
    say(`${place} ${contender.name}: ${figures.join(', ')}`);
  } catch (error) {
    say(`${place} ${contender.name} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function entriesOf(
  row: Row,
  muster: Contender,
  peers: readonly (Contender | Absent)[],
  samples: Samples,
): Entry[] {
  const figureOf = (contender: Contender | Absent, key: string): number | null => {
    const values = isHere(contender)
      ? (samples.get(contender) ?? []).flatMap((sample) => sample[key] ?? [])
      : [];
    return values.length === 0 ? null : rounded(median(values));
  };
  /** A peer that was measured and has no such figure is left out. */
  const besides = (key: string) =>
    peers.filter((peer) => !isHere(peer) || samples.get(peer)?.length === 0 || figureOf(peer, key) !== null);
  return row.figures.flatMap(({ key, what, unit, goals }) => {
    const beside = besides(key);
    return (beside.length === 0 ? [NOBODY] : beside).map((peer): Entry => {
      const figure = figureOf(muster, key);
      const peerFigure = figureOf(peer, key);
      const ratio = figure === null || peerFigure === null ? null : rounded(figure / peerFigure);
      const met = isMet(goals, figure, peer.id, ratio);
      const name = isHere(peer) || peer === NOBODY ? peer.name : `${peer.name} (${peer.absent})`;
      return {
        id: row.id,
        what,
        figure,
        unit,
        peer: name,
        peerFigure,
        ratio,
        goal: goalText(goals, unit),
        met,
      };
    });
  });
}

/** Three digits say all that a shared machine knows. */
const rounded = (value: number) => Number(value.toPrecision(3));
