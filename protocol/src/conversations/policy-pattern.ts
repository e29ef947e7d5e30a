/** Matching of rules' patterns: no regular expression is made of what people write, and time grows linearly. */

/** Texts between the stars of a pattern; one: it has no star. */
type Pieces = readonly string[];

function piecesOf(pattern: string): Pieces {
  const pieces = [''];
  const last = () => pieces.length - 1;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at] ?? '';
    if (sign === '*') pieces.push('');
    else if (sign === '\\' && at + 1 < pattern.length) {
      at += 1;
      pieces[last()] += pattern[at] ?? '';
    } else pieces[last()] += sign;
  }
  return pieces;
}

/** A pattern that matches this text and no other. */
export const exactly = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('*', '\\*');

/** For each length of the piece, how much of its beginning is its end again (Knuth, Morris, Pratt). */
function bordersOf(piece: string): readonly number[] {
  const borders = [0];
  let length = 0;
  for (let at = 1; at < piece.length; at += 1) {
    while (length > 0 && piece[at] !== piece[length]) length = borders[length - 1] ?? 0;
    if (piece[at] === piece[length]) length += 1;
    borders.push(length);
  }
  return borders;
}

/** Where the piece first stands in `text` from there on; -1: nowhere. */
function find(text: string, piece: string, from: number): number {
  if (piece === '') return from;
  const borders = bordersOf(piece);
  let length = 0;
  for (let at = from; at < text.length; at += 1) {
    while (length > 0 && text[at] !== piece[length]) length = borders[length - 1] ?? 0;
    if (text[at] === piece[length]) length += 1;
    if (length === piece.length) return at - length + 1;
  }
  return -1;
}

type Covers = (sign: string) => boolean;

function isCovered(text: string, from: number, to: number, covers: Covers): boolean {
  for (let at = from; at < to; at += 1) if (!covers(text[at] ?? '')) return false;
  return true;
}

/**
 * Whether the pieces stand in the text in order, from its beginning to its end, and stars cover what is between them.
 * The first place of each piece is the right one: a later one covers more, and one with a sign that no star covers cannot
 * stand in two places.
 */
function matchPieces(text: string, pieces: Pieces, covers: Covers): boolean {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return text === first;
  const last = pieces.at(-1) ?? '';
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = find(text, piece, at);
    if (found < 0 || found + piece.length > end || !isCovered(text, at, found, covers)) return false;
    at = found + piece.length;
  }
  return isCovered(text, at, end, covers);
}

const all: Covers = () => true;
/** With these one command becomes two, writes a file, or holds what its text does not show. */
const METACHARACTERS = ';&|`$<>()\n\r';
const plain: Covers = (sign) => sign >= ' ' && sign <= '~' && !METACHARACTERS.includes(sign);

/** Of printable ASCII only, so that nothing looks like what it is not. */
export const isPlainCommand = (command: string): boolean => /^[\x20-\x7e]+$/.test(command);

/** For an allow: stars cover no shell metacharacter, so that the pattern has to spell each. */
export const allowsCommand = (pattern: string, command: string): boolean =>
  isPlainCommand(command) && matchPieces(command, piecesOf(pattern), plain);

/** For a reject, or an ask: stars cover anything. */
export const touchesCommand = (pattern: string, command: string): boolean =>
  matchPieces(command, piecesOf(pattern), all);

/** Whether a path of plain names, relative to the workspace, matches. */
export function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const names = path.split('/').filter((name) => name !== '');
  let part = 0;
  let name = 0;
  // Where the last `**` stands, and the names that it covers end.
  let globstar = -1;
  let covered = 0;
  while (name < names.length) {
    const pattern = parts[part];
    if (pattern === '**') {
      globstar = part;
      covered = name;
      part += 1;
    } else if (pattern !== undefined && matchPieces(names[name] ?? '', piecesOf(pattern), all)) {
      part += 1;
      name += 1;
    } else if (globstar >= 0) {
      covered += 1;
      name = covered;
      part = globstar + 1;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === '**');
}
