import { Tokenizer, type Tokens } from 'marked';
import { NESTING_LEVELS, TABLE_CELLS } from './limits.ts';

/** The lexer recurses and fills up tables. What goes too deep or too wide is left to the rules for plain text. */
export class BoundedTokenizer extends Tokenizer {
  #depth = 0;
  #cells = 0;

  #nested<T>(read: () => T | undefined): T | undefined {
    if (this.#depth >= NESTING_LEVELS) return undefined;
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.#nested(() => super.blockquote(src));
  }

  override list(src: string): Tokens.List | undefined {
    return this.#nested(() => super.list(src));
  }

  override emStrong(src: string, masked: string, before?: string): Tokens.Em | Tokens.Strong | undefined {
    return this.#nested(() => super.emStrong(src, masked, before));
  }

  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    return this.#nested(() => super.del(src, masked, before));
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    return this.#nested(() => super.link(src));
  }

  override table(src: string): Tokens.Table | undefined {
    const lineEnd = src.indexOf('\n');
    if (lineEnd === -1 || !src.includes('|') || !/^[ \t|:-]+$/m.test(secondLine(src, lineEnd)))
      return undefined;
    const cells = this.#cells + columnsOf(src.slice(0, lineEnd)) * rowsOf(src);
    if (cells > TABLE_CELLS) return undefined;
    const table = super.table(src);
    if (table !== undefined) this.#cells = cells;
    return table;
  }
}

function secondLine(src: string, lineEnd: number): string {
  const end = src.indexOf('\n', lineEnd + 1);
  return src.slice(lineEnd + 1, end === -1 ? src.length : end);
}

const columnsOf = (line: string): number => line.split('|').length;

/** At most as many rows as there are lines before the next blank one. */
function rowsOf(src: string): number {
  let rows = 1;
  for (let at = src.indexOf('\n'); at !== -1 && src[at + 1] !== '\n'; at = src.indexOf('\n', at + 1)) rows++;
  return rows;
}
