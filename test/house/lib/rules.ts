/** Of a bracket: one rule, or a span of them. */
const RULE = /^[A-Z]\d*[a-z]?$/;
const SPAN = /^([A-Z])(\d+)[–-]\1(\d+)$/;
/** In prose: a letter that rules have, and a number. No rule has the number 0. */
const CITED = /(?<![\w.#'"`/-])[ABCFGHIMNPQRSX][1-9]\d?[a-z]?(?![\w'"`/-])/g;

/** The rules that a text names as `[S2]`, `[N2, R1]` or `[Q1–Q3, Q5]`. */
export function quotedIn(text: string): string[] {
  const groups = [...text.matchAll(/\[([A-Z][^\]\n]*)\]/g)].map(([, group = '']) => group.split(/,\s*/));
  return groups.flat().flatMap((part) => {
    const [, letter = '', from, to] = SPAN.exec(part) ?? [];
    if (from === undefined) return RULE.test(part) ? [part] : [];
    const count = Number(to) - Number(from) + 1;
    return Array.from({ length: count }, (_, index) => `${letter}${Number(from) + index}`);
  });
}

/** The rules that prose names: `(S4; X5)`, `S8 leaves them`. */
export const citedIn = (prose: string): string[] => prose.match(CITED) ?? [];

/** A paragraph that defines a rule. */
export interface Definition {
  readonly rule: string;
  readonly lines: readonly string[];
}

/** The rules that a page defines: `**S4** …`, each a paragraph. */
export const definedIn = (page: string): Definition[] =>
  page.split(/\n{2,}/).flatMap((paragraph) => {
    const rule = /^\*\*([A-Z]\d*[a-z]?)\*\* /.exec(paragraph)?.[1];
    return rule === undefined ? [] : [{ rule, lines: paragraph.trimEnd().split('\n') }];
  });
