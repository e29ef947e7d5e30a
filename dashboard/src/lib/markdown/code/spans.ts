import { TOKEN_KINDS, type TokenKind } from './token-kinds.ts';

export interface CodeToken {
  readonly kind: TokenKind;
  readonly text: string;
}

/**
 * The tokens of a code as pairs of a kind's number and a length in UTF-16 units, from its beginning on: small, and
 * transferred between threads without a copy.
 */
export type Spans = Uint32Array<ArrayBuffer>;

export function toSpans(tokens: readonly CodeToken[]): Spans {
  const pairs: number[] = [];
  for (const { kind, text } of tokens) {
    const number = TOKEN_KINDS.indexOf(kind);
    const last = pairs.length - 2;
    if (last >= 0 && pairs[last] === number) pairs[last + 1] = (pairs[last + 1] ?? 0) + text.length;
    else pairs.push(number, text.length);
  }
  return Uint32Array.from(pairs);
}

/** The tokens of `code`; what the spans do not reach, since it came later, is plain. */
export function tokensOf(code: string, spans: Spans | null): CodeToken[] {
  const tokens: CodeToken[] = [];
  let at = 0;
  for (let index = 0; spans !== null && index < spans.length && at < code.length; index += 2) {
    const text = code.slice(at, at + (spans[index + 1] ?? 0));
    tokens.push({ kind: TOKEN_KINDS[spans[index] ?? 0] ?? 'plain', text });
    at += text.length;
  }
  if (at < code.length) tokens.push({ kind: 'plain', text: code.slice(at) });
  return tokens;
}

/**
 * Cuts tokens into pieces of `lines` lines, which can be drawn one after the other. A piece that is as `before` is the same
 * object, so that code that grows is not drawn again from its beginning.
 */
export function inPieces(
  tokens: readonly CodeToken[],
  lines: number,
  before: readonly (readonly CodeToken[])[] = [],
): (readonly CodeToken[])[] {
  const pieces: CodeToken[][] = [[]];
  let left = lines;
  for (const { kind, text } of tokens) {
    for (const line of text.split(/(?<=\n)/)) {
      if (left === 0) {
        pieces.push([]);
        left = lines;
      }
      add(pieces.at(-1), kind, line);
      if (line.endsWith('\n')) left--;
    }
  }
  return pieces.map((piece, index) => {
    const old = before[index];
    return old !== undefined && isSame(old, piece) ? old : piece;
  });
}

const isSame = (one: readonly CodeToken[], other: readonly CodeToken[]): boolean =>
  one.length === other.length &&
  one.every(({ kind, text }, index) => kind === other[index]?.kind && text === other[index]?.text);

function add(piece: CodeToken[] | undefined, kind: TokenKind, text: string): void {
  const last = piece?.at(-1);
  if (piece === undefined || text === '') return;
  if (last?.kind === kind) piece[piece.length - 1] = { kind, text: last.text + text };
  else piece.push({ kind, text });
}
