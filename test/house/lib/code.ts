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

const isExported = (node: ts.Node) =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function namesOf(statement: ts.Statement, source: ts.SourceFile): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText(source));
  if (ts.isClassDeclaration(statement))
    return [statement.name, ...statement.members.map((member) => member.name)].flatMap((name) =>
      name === undefined ? [] : [name.getText(source)],
    );
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

/** What a module exports by name, with the members of its classes. */
export function exportsOf(text: string): string[] {
  const source = ts.createSourceFile('code.ts', text, ts.ScriptTarget.Latest);
  return source.statements.filter(isExported).flatMap((statement) => namesOf(statement, source));
}
