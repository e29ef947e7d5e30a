import type { Token } from 'marked';
import remend from 'remend';
import { blocksOf } from './blocks.ts';
import { charsOf, finishedOf, lex } from './lexer.ts';
import type { Block } from './tree.ts';

/** A block of the top level with the text it was read from. */
interface Read {
  readonly raw: string;
  readonly blocks: readonly Block[];
}

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
  /** What follows the finished blocks. */
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
    this.#tail = [];
  }

  #readWhole(): void {
    const before = [...this.#stable, ...this.#tail];
    const reads = readsOf(lex(this.#text)).map((read, index) => reuse(before[index], read));
    this.#stable = reads;
    this.#stableChars = this.#text.length;
    this.#tail = [];
    this.#blocks = reads.flatMap((read) => read.blocks);
  }

  #readTail(): void {
    const tail = this.#text.slice(this.#stableChars);
    const tokens = lex(tail);
    const finished = tokens.slice(0, finishedOf(tokens, tail));
    const before = this.#tail;
    this.#stable.push(...readsOf(finished).map((read, index) => reuse(before[index], read)));
    const chars = charsOf(finished);
    this.#stableChars += chars;
    this.#tail = readsOf(completed(tokens.slice(finished.length), tail.slice(chars))).map((read, index) =>
      reuse(before[finished.length + index], read),
    );
    this.#blocks = [...this.#stable, ...this.#tail].flatMap((read) => read.blocks);
  }
}

/** The tokens of a text whose end is cut off. Code is as it is. */
function completed(tokens: readonly Token[], text: string): readonly Token[] {
  if (tokens.at(-1)?.type === 'code') return tokens;
  const whole = complete(text);
  return whole === text ? tokens : lex(whole);
}

const reuse = (before: Read | undefined, read: Read): Read =>
  before !== undefined && before.raw === read.raw && isSame(before.blocks, read.blocks) ? before : read;

/** The same text can mean something else once a definition has come. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
