/** Answers to the question that a program asks on its last lines, as keys to press. */
export interface PromptKey {
  readonly label: string;
  readonly send: string;
}

const ENTER: PromptKey = { label: '↵', send: '\r' };
/** Rows above the cursor that may belong to the question. */
export const PROMPT_ROWS = 12;
const YES_NO = /[[(]\s*(y(?:es)?)\s*[/|]\s*(n(?:o)?)\b[^\])]*[\])]|\by\/n\b/i;
const CHOICE = /^[\s│|>❯›→*•-]*([1-9])[.)]\s+\S/u;

/** `rows`: the last ones down to the cursor's, oldest first. */
export function promptKeys(rows: readonly string[]): readonly PromptKey[] {
  const text = rows.filter((row) => row.trim() !== '');
  const match = YES_NO.exec(text.slice(-3).join(' '));
  if (match !== null) {
    const whole = (match[1] ?? 'y').length > 1;
    const keys = /N/.test(match[2] ?? '') ? ['y', 'N'] : /Y/.test(match[1] ?? '') ? ['Y', 'n'] : ['y', 'n'];
    const words = whole ? [match[1] ?? 'yes', match[2] ?? 'no'] : keys;
    return [...words.map((word) => ({ label: word, send: word })), ENTER];
  }
  const numbers = text.slice(-PROMPT_ROWS).flatMap((row) => CHOICE.exec(row)?.[1] ?? []);
  const last = numbers.slice(numbers.lastIndexOf('1'));
  const counted = last.length > 1 && last.every((number, index) => Number(number) === index + 1);
  return counted ? [...last.slice(0, 4).map((number) => ({ label: number, send: number })), ENTER] : [];
}
