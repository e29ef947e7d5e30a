import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['protocol/src', 'client/src', 'worker/src', 'agent-runner/src', 'dashboard/src'];

/** Text that is no message to a person though it looks like a message that begins with a field. */
const NO_MESSAGES: readonly RegExp[] = [
  // A marker of an asciicast, which players list.
  /^gap: /,
  // Styles of a page without scripts.
  /[{;]/,
];

/** `agentId: there is …`, `payload.name: must …`, `name, labels: would …`, `${field}: …`. */
const FIELD_FIRST = /^[a-z$][\w$]*(?:\.[\w$]+)*(?:, [a-z$][\w$]*(?:\.[\w$]+)*)*: ?[\w$"']/;

function textsOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(`${ROOT}${file}`, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node))
      texts.push([node.head.text, ...node.templateSpans.map(({ literal }) => `$x${literal.text}`)].join(''));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

test('[B17] no message to a person begins with the name of a field', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...SOURCES], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    textsOf(file)
      .filter(
        (text) =>
          FIELD_FIRST.test(text) && text.includes(' ') && !NO_MESSAGES.some((none) => none.test(text)),
      )
      .map((text) => `${file}: ${text}`),
  );
  expect(found).toEqual([]);
}, 120_000);
