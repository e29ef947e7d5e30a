import type { ToolItem, ToolStatus } from '@muster/protocol';
import { took } from '../agents/format.ts';

const STATUS: Readonly<Record<ToolStatus, string>> = {
  pending: 'not started',
  in_progress: 'running',
  completed: 'done',
  failed: 'failed',
  stopped: 'stopped, as its turn ended first',
};
export const statusWords = ({ status, background }: Pick<ToolItem, 'status' | 'background'>): string =>
  background === true && status === 'in_progress' ? 'running in the background' : STATUS[status];

export const isToolOpen = ({ status }: Pick<ToolItem, 'status'>): boolean =>
  status === 'pending' || status === 'in_progress';

/** `14.1 s`, up to now while it runs. `now` is read only then, so that an ended call does not follow the clock. */
export function tookWords(item: Pick<ToolItem, 'at' | 'endedAt' | 'status'>, now: () => number): string {
  if (item.endedAt !== undefined) return took(Math.max(0, item.endedAt - item.at));
  return isToolOpen(item) ? `${Math.max(0, Math.floor((now() - item.at) / 1000))} s` : '';
}

/** `+3`, `−1`: lines of its diffs. Counts lines that are in one text and not in the other. */
export function changedLines(
  item: Pick<ToolItem, 'content'>,
): { readonly added: number; readonly removed: number } | null {
  let added = 0;
  let removed = 0;
  let any = false;
  for (const part of item.content) {
    if (part.type !== 'diff') continue;
    any = true;
    const before = linesOf(part.oldText ?? '');
    const after = linesOf(part.newText);
    added += surplus(after, before);
    removed += surplus(before, after);
  }
  return any ? { added, removed } : null;
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** How many lines of the first are not matched by one of the second. */
function surplus(lines: readonly string[], others: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  let count = 0;
  for (const line of lines) {
    const known = left.get(line) ?? 0;
    if (known > 0) left.set(line, known - 1);
    else count += 1;
  }
  return count;
}
