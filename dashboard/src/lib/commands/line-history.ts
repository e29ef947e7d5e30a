/** Lines that are kept per agent. */
const MOST = 100;

/** The lines that were run, oldest first, and where in them a person leafs; `at` null: at what is being typed. */
export interface LineHistory {
  readonly lines: readonly string[];
  readonly at: number | null;
  /** The draft when the navigation began. */
  readonly draft: string;
}

export const lineHistoryOf = (lines: readonly string[]): LineHistory => ({
  lines: lines.slice(-MOST),
  at: null,
  draft: '',
});

/** A line was run: it is the newest, and stands there once. */
export function remember({ lines }: LineHistory, line: string): LineHistory {
  return lineHistoryOf([...lines.filter((known) => known !== line), line]);
}

/** The field's text after a step, and its position; null: there is nothing further that way. */
export interface HistoryStep {
  readonly recall: LineHistory;
  readonly text: string;
}

export function older(recall: LineHistory, typed: string): HistoryStep | null {
  const { lines } = recall;
  const at = (recall.at ?? lines.length) - 1;
  const text = lines[at];
  if (text === undefined) return null;
  return { recall: { lines, at, draft: recall.at === null ? typed : recall.draft }, text };
}

export function newer(recall: LineHistory): HistoryStep | null {
  const { lines, at, draft } = recall;
  if (at === null) return null;
  const text = lines[at + 1];
  if (text === undefined) return { recall: { lines, at: null, draft: '' }, text: draft };
  return { recall: { lines, at: at + 1, draft }, text };
}

/** In a text of several lines the arrows move within it, until they can go no further. */
export const isFirstLine = (text: string, caret: number): boolean => !text.slice(0, caret).includes('\n');
export const isLastLine = (text: string, caret: number): boolean => !text.slice(caret).includes('\n');
