import { SAME_SHARE, WORD_EDITS, WORDS_CHARS } from './limits.ts';
import { match } from './match.ts';

/** A part of a line; `changed` where the line's counterpart has something else. */
export interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}_]+|\s+|[\s\S]/gu;

const unchanged = (text: string): Piece[] => (text === '' ? [] : [{ text, changed: false }]);

function piecesOf(words: readonly string[], same: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, text] of words.entries()) {
    const changed = !same.has(index);
    const last = pieces.at(-1);
    if (last?.changed === changed) pieces[pieces.length - 1] = { text: last.text + text, changed };
    else pieces.push({ text, changed });
  }
  return pieces;
}

/** What differs within a line that took another's place; nothing where it is long or written anew. */
export function changedWords(before: string, after: string): readonly [Piece[], Piece[]] {
  const plain = [unchanged(before), unchanged(after)] as const;
  if (before.length > WORDS_CHARS || after.length > WORDS_CHARS) return plain;
  const left = before.match(WORD) ?? [];
  const right = after.match(WORD) ?? [];
  const matches = match(left, right, WORD_EDITS);
  const words = matches.map(([index]) => left[index] ?? '');
  const same = words.reduce((sum, word) => sum + word.trim().length, 0);
  const longer = Math.max(before.replace(/\s/g, '').length, after.replace(/\s/g, '').length);
  if (same < longer * SAME_SHARE) return plain;
  return [
    piecesOf(left, new Set(matches.map(([index]) => index))),
    piecesOf(right, new Set(matches.map(([, index]) => index))),
  ];
}
