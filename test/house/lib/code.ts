import ts from 'typescript';

/** Shorter strings are values, not prose. */
const PROSE_WORDS = 4;

const { SyntaxKind } = ts;
/** After these a slash divides; elsewhere it begins a regular expression. */
const OPERANDS: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[SyntaxKind.Identifier, SyntaxKind.ThisKeyword, SyntaxKind.SuperKeyword, SyntaxKind.NumericLiteral],
  ...[SyntaxKind.StringLiteral, SyntaxKind.NoSubstitutionTemplateLiteral, SyntaxKind.TemplateTail],
  ...[SyntaxKind.CloseParenToken, SyntaxKind.CloseBracketToken, SyntaxKind.CloseBraceToken],
]);
const TRIVIA: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[SyntaxKind.WhitespaceTrivia, SyntaxKind.NewLineTrivia],
  ...[SyntaxKind.SingleLineCommentTrivia, SyntaxKind.MultiLineCommentTrivia],
]);

interface Token {
  readonly kind: ts.SyntaxKind;
  readonly text: string;
}

/** Every token of a source, comments among them: the scanner alone, since a parser takes ten times as long. */
function* tokensOf(text: string): Generator<Token> {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  /** For each template that is open, how many braces are. */
  const templates: number[] = [];
  let braces = 0;
  let before = SyntaxKind.Unknown;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isSlash = kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken;
    if (isSlash && !OPERANDS.has(before)) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.OpenBraceToken) braces += 1;
    if (kind === SyntaxKind.CloseBraceToken && templates.at(-1) === braces) {
      kind = scanner.reScanTemplateToken(false);
      if (kind === SyntaxKind.TemplateTail) templates.pop();
    } else if (kind === SyntaxKind.CloseBraceToken) braces -= 1;
    if (kind === SyntaxKind.TemplateHead) templates.push(braces);
    yield { kind, text: scanner.getTokenText() };
    if (!TRIVIA.has(kind)) before = kind;
  }
}

const COMMENTS: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[SyntaxKind.SingleLineCommentTrivia, SyntaxKind.MultiLineCommentTrivia],
]);
const STRINGS: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[SyntaxKind.StringLiteral, SyntaxKind.NoSubstitutionTemplateLiteral],
  ...[SyntaxKind.TemplateHead, SyntaxKind.TemplateMiddle, SyntaxKind.TemplateTail],
]);

/** The comments of a source, and its strings of several words: test titles, messages, descriptions. */
export const proseOf = (text: string): string[] =>
  [...tokensOf(text)]
    .filter(
      ({ kind, text: token }) =>
        COMMENTS.has(kind) || (STRINGS.has(kind) && token.trim().split(/\s+/).length >= PROSE_WORDS),
    )
    .map(({ text: token }) => token);

/** The comments alone. */
export const commentsOf = (text: string): string[] =>
  [...tokensOf(text)].filter(({ kind }) => COMMENTS.has(kind)).map(({ text: token }) => token);

/** A component's scripts, since the rest of it is markup. */
export const scriptsOf = (component: string): string =>
  [...component.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script).join('\n');

const DECLARES: ReadonlySet<string> = new Set([
  ...['const', 'let', 'var', 'function', 'class', 'interface', 'type', 'enum'],
]);
const MODIFIERS: ReadonlySet<string> = new Set([
  ...[
    'default',
    'declare',
    'abstract',
    'async',
    '*',
    'static',
    'readonly',
    'override',
    'accessor',
    'get',
    'set',
  ],
  ...['public', 'protected', 'private'],
]);
const OPENS: ReadonlySet<string> = new Set(['{', '(', '[']);
const CLOSES: ReadonlySet<string> = new Set(['}', ')', ']']);
/** A member's name stands behind one of these, or a modifier, … */
const BEFORE_MEMBER: ReadonlySet<string> = new Set(['{', '}', ';']);
/** … and before one of these. */
const AFTER_MEMBER: ReadonlySet<string> = new Set(['(', '=', ':', ';', '?', '!', '<']);
const NAME = /^#?[A-Za-z_$][\w$]*$/;

/** What a module exports by name, with the members of its classes. */
export function exportsOf(text: string): string[] {
  const tokens = [...tokensOf(text)].filter(({ kind }) => !TRIVIA.has(kind)).map((token) => token.text);
  const names: string[] = [];
  let depth = 0;
  /** What the declaration is that this place is in, where it is exported. */
  let exported = '';
  for (const [at, token] of tokens.entries()) {
    if (OPENS.has(token)) depth += 1;
    if (CLOSES.has(token)) depth -= 1;
    const isMember =
      depth === 1 &&
      exported === 'class' &&
      NAME.test(token) &&
      AFTER_MEMBER.has(tokens[at + 1] ?? '') &&
      (BEFORE_MEMBER.has(tokens[at - 1] ?? '') || MODIFIERS.has(tokens[at - 1] ?? ''));
    if (isMember) names.push(token);
    if (depth > 0) continue;
    if (token === 'export') {
      let next = at + 1;
      while (MODIFIERS.has(tokens[next] ?? '')) next += 1;
      exported = tokens[next] ?? '';
      const name = tokens[next + (tokens[next + 1] === '*' ? 2 : 1)] ?? '';
      if (DECLARES.has(exported) && NAME.test(name)) names.push(name);
    } else if (token === '}' && exported === 'class') exported = '';
  }
  return names;
}
