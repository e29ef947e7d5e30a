import { Lexer, type Token } from 'marked';
import { BoundedTokenizer } from './bounded-tokenizer.ts';
import { INLINE_CHARS, WINDOW_CHARS } from './limits.ts';

/** Blocks that more text may still change: the next line may join the one before the last (a list, a table). */
const OPEN_BLOCKS = 2;

const isFence = (token: Token | undefined): boolean =>
  token?.type === 'code' && token['codeBlockStyle'] !== 'indented' && token.raw.includes('\n');

/** How many of the first tokens no further text changes. Nothing joins a fence with what is before it. */
export function finishedOf(tokens: readonly Token[], text: string): number {
  const last = tokens.length - 1;
  if (isFence(tokens[last])) return Math.min(last, verbatim(tokens, text));
  let open = 0;
  for (let index = last; index >= 0; index--) {
    if (tokens[index]?.type !== 'space') open++;
    if (open === OPEN_BLOCKS) return Math.min(index, verbatim(tokens, text));
  }
  return 0;
}

/** How many of the first tokens hold the text as it is. The lexer writes a line feed for the space of an empty item. */
function verbatim(tokens: readonly Token[], text: string): number {
  let at = 0;
  const odd = tokens.findIndex(({ raw }) => {
    const isOdd = !text.startsWith(raw, at);
    at += raw.length;
    return isOdd;
  });
  return odd === -1 ? tokens.length : odd;
}

export const charsOf = (tokens: readonly Token[]): number =>
  tokens.reduce((sum, token) => sum + token.raw.length, 0);

/** The end of a window: before a line that does not belong to the item above, if there is one. */
function windowEnd(text: string, at: number): number {
  const window = text.slice(at, at + WINDOW_CHARS);
  const line = /^[\s\S]*\n(?=\S)/.exec(window)?.[0].length ?? window.lastIndexOf('\n') + 1;
  return at + (line > 0 ? line : WINDOW_CHARS);
}

interface Step {
  readonly tokens: readonly Token[];
  readonly end: number;
}

/** The next finished blocks. A block that fills a window is cut. */
function nextStep(lexer: Lexer, tokenizer: BoundedTokenizer, text: string, at: number): Step {
  lexer.state.top = true;
  if (text.length - at <= WINDOW_CHARS)
    return { tokens: lexer.blockTokens(text.slice(at), []), end: text.length };
  const end = windowEnd(text, at);
  const window = text.slice(at, end);
  const tokens = lexer.blockTokens(window, []);
  const finished = tokens.slice(0, finishedOf(tokens, window));
  if (finished.length > 0) return { tokens: finished, end: at + charsOf(finished) };
  const fence = isFence(tokens[0]) ? tokenizer.fences(text.slice(at)) : undefined;
  return fence === undefined ? { tokens, end } : { tokens: [fence], end: at + fence.raw.length };
}

/** Blocks with their inlines, in time that is bounded for any text. Line ends are line feeds. */
export function lex(text: string): readonly Token[] {
  const tokenizer = new BoundedTokenizer();
  const lexer = new Lexer({ gfm: true, breaks: false, pedantic: false, tokenizer });
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const step = nextStep(lexer, tokenizer, text, at);
    for (const token of step.tokens) tokens.push(token);
    at = step.end;
  }
  // Definitions anywhere apply everywhere, so inlines come after all blocks.
  for (const { src, tokens: inlines } of lexer.inlineQueue) {
    if (src.length <= INLINE_CHARS) lexer.inlineTokens(src, inlines);
    else inlines.push({ type: 'text', raw: src, text: src } satisfies Token);
  }
  return tokens;
}
