import type { MarkedToken, Token, Tokens } from 'marked';
import { inlinesOf } from './inlines.ts';
import { shown } from './shown.ts';
import type { Block, Inline, List, ListItem, Table } from './tree.ts';

/** The first word of a fence's info string is the language's name. */
const languageOf = (info: string | undefined): string =>
  /^[^\s{,:]*/.exec(info ?? '')?.[0].toLowerCase() ?? '';

function itemOf(item: Tokens.ListItem): ListItem {
  return { checked: item.task ? item.checked === true : null, blocks: blocksOf(item.tokens) };
}

function listOf(token: Tokens.List): List {
  const start = token.start === '' ? 1 : token.start;
  return { type: 'list', ordered: token.ordered, start, tight: !token.loose, items: token.items.map(itemOf) };
}

function tableOf(token: Tokens.Table): Table {
  const cells = (row: readonly Tokens.TableCell[]): Inline[][] => row.map((cell) => inlinesOf(cell.tokens));
  return { type: 'table', align: token.align, header: cells(token.header), rows: token.rows.map(cells) };
}

/** What a block's token becomes; nothing for what is not drawn. */
export function blockOf(token: MarkedToken): Block | null {
  switch (token.type) {
    case 'heading':
      return { type: 'heading', level: token.depth, children: inlinesOf(token.tokens) };
    case 'code':
      return { type: 'code', language: languageOf(token.lang), code: token.text };
    case 'blockquote':
      return { type: 'quote', blocks: blocksOf(token.tokens) };
    case 'list':
      return listOf(token);
    case 'table':
      return tableOf(token);
    case 'html':
      return { type: 'html', text: shown(token.raw.trimEnd()) };
    case 'hr':
      return { type: 'rule' };
    case 'paragraph':
      return { type: 'paragraph', children: inlinesOf(token.tokens) };
    case 'text':
      return { type: 'paragraph', children: inlinesOf(token.tokens ?? [token]) };
    default:
      return null;
  }
}

const isMarked = (token: Token): token is MarkedToken => 'raw' in token;

export const blocksOf = (tokens: readonly Token[]): Block[] =>
  tokens.filter(isMarked).flatMap((token) => {
    const block = blockOf(token);
    return block === null || isEmpty(block) ? [] : [block];
  });

const isEmpty = (block: Block): boolean => block.type === 'paragraph' && block.children.length === 0;
