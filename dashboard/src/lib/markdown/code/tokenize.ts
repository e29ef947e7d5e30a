import { createJavaScriptRegexEngine } from '@shikijs/engine-javascript';
import {
  codeToTokensBase,
  createShikiPrimitive,
  type ShikiPrimitive,
  type ThemedToken,
  type ThemeRegistrationResolved,
} from '@shikijs/primitive';
import { loadGrammar } from './grammars.ts';
import type { Language } from './languages.ts';
import { HIGHLIGHT_LINE_CHARS, LINE_TIMEOUT_MS } from './limits.ts';
import { type CodeToken, type Spans, toSpans } from './spans.ts';
import { SCOPES, TOKEN_KINDS, type TokenKind } from './token-kinds.ts';

/**
 * A theme's colours stand for kinds: the page gives them theirs by class, since its CSP wants no inline styles. In decimal
 * digits, since shiki writes hexadecimal letters in upper case.
 */
const colourOf = (kind: TokenKind): string => `#${String(TOKEN_KINDS.indexOf(kind)).padStart(6, '0')}`;
const KIND_OF: ReadonlyMap<string, TokenKind> = new Map(TOKEN_KINDS.map((kind) => [colourOf(kind), kind]));

const coloured = TOKEN_KINDS.filter((kind) => kind !== 'plain');
const THEME: ThemeRegistrationResolved = {
  name: 'kinds',
  type: 'dark',
  fg: colourOf('plain'),
  bg: '#ffffff',
  settings: [
    { settings: { foreground: colourOf('plain'), background: '#ffffff' } },
    ...coloured.map((kind) => ({ scope: [...SCOPES[kind]], settings: { foreground: colourOf(kind) } })),
  ],
};

let primitive: ShikiPrimitive | undefined;

function shiki(): ShikiPrimitive {
  primitive ??= createShikiPrimitive({
    themes: [THEME],
    langs: [],
    // A pattern that has no equivalent in JavaScript matches nothing.
    engine: createJavaScriptRegexEngine({ forgiving: true }),
    warnings: false,
  });
  return primitive;
}

/** Line ends are those of the code: shiki takes CR LF for one. */
function flat(code: string, lines: readonly (readonly ThemedToken[])[]): CodeToken[] {
  const tokens: CodeToken[] = [];
  let at = 0;
  const upTo = (end: number, kind: TokenKind) => {
    if (end > at) tokens.push({ kind, text: code.slice(at, end) });
    at = Math.max(at, end);
  };
  for (const token of lines.flat()) {
    upTo(token.offset, 'plain');
    upTo(token.offset + token.content.length, KIND_OF.get(token.color ?? '') ?? 'plain');
  }
  upTo(code.length, 'plain');
  return tokens;
}

/** Finds the tokens of a code. The first of a language takes up to seconds, so this belongs into a worker. */
export async function tokenize(code: string, language: Language): Promise<Spans> {
  const grammars = await loadGrammar(language);
  await shiki().loadLanguage(...grammars);
  const lines = codeToTokensBase(shiki(), code, {
    lang: grammars.at(-1)?.name ?? 'text',
    theme: THEME.name,
    tokenizeMaxLineLength: HIGHLIGHT_LINE_CHARS,
    tokenizeTimeLimit: LINE_TIMEOUT_MS,
  });
  return toSpans(flat(code, lines));
}
