import type { MarkedToken, Token, Tokens } from 'marked';
import { decodeEntities } from './entities.ts';
import { showsHost, targetOf } from './links.ts';
import { shown } from './shown.ts';
import type { Inline } from './tree.ts';

const textNode = (text: string): Inline => ({ type: 'text', text: shown(text) });

export function labelOf(inlines: readonly Inline[]): string {
  const texts = inlines.map((inline) => {
    if ('text' in inline) return inline.text;
    return 'children' in inline ? labelOf(inline.children) : ' ';
  });
  return texts.join('');
}

/** A link, or its label and its target as text where it must not be followed. */
function linkInlines(address: string, children: readonly Inline[], image: boolean): Inline[] {
  const target = targetOf(decodeEntities(address));
  const label = labelOf(children);
  if (target !== null) {
    const host = showsHost(label, target) ? null : shown(target.host);
    return [{ type: 'link', href: target.href, host, image, children }];
  }
  const written = shown(decodeEntities(address));
  return label === written ? [...children] : [...children, { type: 'text', text: ` (${written})` }];
}

function linkOf(token: Tokens.Link): Inline[] {
  if (token.autolink !== true) return linkInlines(token.href, inlinesOf(token.tokens), false);
  return linkInlines(token.href, [textNode(token.text)], false);
}

function inlineOf(token: MarkedToken): Inline[] {
  switch (token.type) {
    case 'strong':
      return [{ type: 'strong', children: inlinesOf(token.tokens) }];
    case 'em':
      return [{ type: 'emphasis', children: inlinesOf(token.tokens) }];
    case 'del':
      return [{ type: 'strike', children: inlinesOf(token.tokens) }];
    case 'codespan':
      return [{ type: 'code', text: shown(token.text) }];
    case 'link':
      return linkOf(token);
    case 'image':
      return linkInlines(token.href, [textNode(decodeEntities(token.text) || 'picture')], true);
    case 'br':
      return [{ type: 'break' }];
    case 'escape':
      return [textNode(token.text)];
    case 'checkbox':
      return [];
    case 'html':
      return [textNode(token.raw)];
    default:
      return [textNode(decodeEntities(token.raw))];
  }
}

/** Neighbouring texts become one: fewer nodes, and a word is never cut by how it was read. */
function joined(inlines: readonly Inline[]): Inline[] {
  const result: Inline[] = [];
  for (const inline of inlines) {
    const last = result.at(-1);
    if (inline.type === 'text' && last?.type === 'text') {
      result[result.length - 1] = { type: 'text', text: last.text + inline.text };
    } else result.push(inline);
  }
  return result;
}

/** The lexer has no extensions, so it makes no tokens but its own. */
const isMarked = (token: Token): token is MarkedToken => 'raw' in token;

export const inlinesOf = (tokens: readonly Token[]): Inline[] =>
  joined(tokens.filter(isMarked).flatMap(inlineOf));
