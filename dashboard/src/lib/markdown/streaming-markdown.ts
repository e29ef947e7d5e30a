import type { Token } from 'marked';
import remend from 'remend';
import { blocksOf } from './blocks.ts';
import { lex } from './lexer.ts';
import { TAIL_CHARS, TAIL_GROWTH } from './limits.ts';
import type { Block } from './tree.ts';

/** A block of the top level with the text it was read from. */
interface Read {
  readonly raw: string;
  readonly blocks: readonly Block[];
}

/** Blocks that more text may still change: the next line may join the one before the last (a list, a table). */
const OPEN_BLOCKS = 2;

const withLineFeeds = (text: string): string => text.replace(/\r\n|\r/g, '\n');

/** Completes emphasis, code and links that are cut off; a formula is text here. */
const complete = (text: string): string =>
  remend(text, { linkMode: 'text-only', katex: false, htmlTags: false });

const readsOf = (tokens: readonly Token[]): Read[] =>
  tokens.map((token) => ({ raw: token.raw, blocks: blocksOf([token]) }));

/** Reads a whole text. */
export const parseMarkdown = (text: string): readonly Block[] => blocksOf(lex(withLineFeeds(text)));

/**
 * Reads a text that grows. Finished blocks are kept and never read again until the text is complete; then it is read once
 * as a whole, since a definition or a title at its end can change what stands before. A block whose text is the same stays
 * the same object, so that it is not drawn again.
 */
export class StreamingMarkdown {
  #text = '';
  #complete = false;
  /** Finished blocks, and how many characters they are. */
  #stable: Read[] = [];
  #stableChars = 0;
  /** Where the last reading ended, and what it found after the finished blocks. */
  #readChars = 0;
  #tail: Read[] = [];
  #blocks: readonly Block[] = [];

  /** The blocks of `text`, which may go on (`isComplete` false). A text that does not continue the last is read anew. */
  update(source: string, isComplete: boolean): readonly Block[] {
    // A carriage return at the end may be the first half of a line end.
    const text = withLineFeeds(isComplete ? source : source.replace(/\r$/, ''));
    if (text === this.#text && isComplete === this.#complete) return this.#blocks;
    if (!text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    this.#complete = isComplete;
    if (isComplete) this.#readWhole();
    else this.#readTail();
    return this.#blocks;
  }

  #reset(): void {
    this.#stable = [];
    this.#stableChars = 0;
    this.#readChars = 0;
    this.#tail = [];
  }

  #readWhole(): void {
    const before = [...this.#stable, ...this.#tail];
    const reads = readsOf(lex(this.#text)).map((read, index) => reuse(before[index], read));
    this.#stable = reads;
    this.#stableChars = this.#text.length;
    this.#readChars = this.#text.length;
    this.#tail = [];
    this.#blocks = reads.flatMap((read) => read.blocks);
  }

  #readTail(): void {
    if (this.#isTooSoon()) {
      const pending = this.#text.slice(this.#readChars);
      this.#show([{ type: 'paragraph', children: [{ type: 'text', text: pending }] }]);
      return;
    }
    const tail = this.#text.slice(this.#stableChars);
    const tokens = lex(tail);
    const finished = tokens.slice(0, Math.min(openFrom(tokens), verbatim(tokens, tail)));
    const before = this.#tail;
    this.#stable.push(...readsOf(finished).map((read, index) => reuse(before[index], read)));
    this.#stableChars += finished.reduce((sum, token) => sum + token.raw.length, 0);
    const rest = lex(complete(this.#text.slice(this.#stableChars)));
    this.#tail = readsOf(rest).map((read, index) => reuse(before[finished.length + index], read));
    this.#readChars = this.#text.length;
    this.#show([]);
  }

  /** A long tail that has hardly grown. Code is cheap to read, and its lines must not appear outside of it. */
  #isTooSoon(): boolean {
    const read = this.#readChars - this.#stableChars;
    const isCode = this.#tail.at(-1)?.blocks[0]?.type === 'code';
    return read > TAIL_CHARS && !isCode && this.#text.length - this.#readChars < read * TAIL_GROWTH;
  }

  #show(pending: readonly Block[]): void {
    this.#blocks = [...this.#stable.flatMap(blocksIn), ...this.#tail.flatMap(blocksIn), ...pending];
  }
}

const blocksIn = (read: Read): readonly Block[] => read.blocks;
const reuse = (before: Read | undefined, read: Read): Read =>
  before !== undefined && before.raw === read.raw && isSame(before.blocks, read.blocks) ? before : read;

/** The same text can mean something else once a definition has come. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** How many of the first tokens hold the text as it is; some say a line feed for a space, and then none can be counted on. */
function verbatim(tokens: readonly Token[], text: string): number {
  let at = 0;
  const odd = tokens.findIndex(({ raw }) => {
    const isOdd = !text.startsWith(raw, at);
    at += raw.length;
    return isOdd;
  });
  return odd === -1 ? tokens.length : odd;
}

/** The index of the first token that may still change. */
function openFrom(tokens: readonly Token[]): number {
  let open = 0;
  for (let index = tokens.length - 1; index >= 0; index--) {
    if (tokens[index]?.type !== 'space') open++;
    if (open === OPEN_BLOCKS) return index;
  }
  return 0;
}
