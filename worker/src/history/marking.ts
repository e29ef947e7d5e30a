import type { Snippet } from '@muster/protocol';
import type { Term } from './text.ts';
import { folded, isUnspaced } from './unspaced.ts';

/** Characters before the first match, and of a whole snippet. */
const BEFORE = 60;
const LONG = 240;

/** One character with all that may be composed with it. */
const CLUSTER = /.[\p{M}\u1160-\u11ff\ud7b0-\ud7fb\u3131-\u318e\uff9e-\uffdc]*/gsu;
const JOINS = /[\p{L}\p{M}\p{N}\p{Co}]/u;

interface Place {
  /** In the text: from here to the next place. */
  readonly at: number;
  /** In the text as it is compared. */
  readonly folded: number;
}

/** A text as it is compared, and where in it each character of the text stands. */
function mapped(text: string): { readonly folded: string; readonly places: readonly Place[] } {
  let whole = '';
  const places: Place[] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    places.push({ at: index, folded: whole.length });
    whole += folded(cluster);
  }
  return { folded: whole, places };
}

/** Whether a word may begin or end between these two: a script without spaces begins, or there is no letter on one side. */
const isBorder = (left: string | undefined, right: string | undefined): boolean => {
  if (left === undefined || right === undefined) return true;
  if (!JOINS.test(left) || !JOINS.test(right)) return true;
  return isUnspaced(left) || isUnspaced(right);
};

/** Where a term stands, as ranges of the text as it is compared. */
function* found(text: string, term: Term): Generator<readonly [number, number]> {
  const wanted = term.kind === 'part' ? term.run : folded(term.word);
  if (wanted === '') return;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const whole = isBorder(text[at - 1], text[at]) && isBorder(text[end - 1], text[end]);
    if (term.kind === 'part' || whole) yield [at, end];
  }
}

/** What stands around the first match, with all matches there marked; null: there is none. */
export function snippetAround(text: string, terms: readonly Term[]): Snippet | null {
  const { folded: compared, places } = mapped(text);
  const marks = new Uint8Array(compared.length);
  for (const term of terms) for (const [at, end] of found(compared, term)) marks.fill(1, at, end);
  const isMarked = (nth: number) => marks[places[nth]?.folded ?? -1] === 1 && !isEmpty(places, nth, compared);
  const first = places.findIndex((_, nth) => isMarked(nth));
  if (first === -1) return null;
  const from = Math.max(0, first - BEFORE);
  const to = Math.min(places.length, from + LONG);
  const pieces: { text: string; match: boolean }[] = from > 0 ? [{ text: '…', match: false }] : [];
  for (let nth = from; nth < to; nth += 1) {
    const piece = text.slice(places[nth]?.at, places[nth + 1]?.at);
    const last = pieces.at(-1);
    if (last?.match === isMarked(nth)) last.text += piece;
    else pieces.push({ text: piece, match: isMarked(nth) });
  }
  return to < places.length ? ended(pieces) : pieces;
}

/** A character of which nothing is compared. */
const isEmpty = (places: readonly Place[], nth: number, compared: string): boolean =>
  places[nth]?.folded === (places[nth + 1]?.folded ?? compared.length);

function ended(pieces: readonly { readonly text: string; readonly match: boolean }[]): Snippet {
  const last = pieces.at(-1);
  if (last === undefined || last.match) return [...pieces, { text: '…', match: false }];
  return [...pieces.slice(0, -1), { text: `${last.text}…`, match: false }];
}
