/** Lines around a change. */
const CONTEXT = 3;

/**
 * Two texts as lines of a diff: what both begin and end with is left out but for a few lines, what is between is taken away
 * and put in. It costs no more than the texts are long. `oldText` null: a new file.
 */
export function diffText(path: string, oldText: string | null, newText: string): string {
  const before = oldText === null ? [] : oldText.split('\n');
  const after = newText.split('\n');
  const most = Math.min(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same += 1;
  let tail = 0;
  while (tail < most - same && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const from = Math.max(0, same - CONTEXT);
  const [oldEnd, newEnd] = [before.length - tail, after.length - tail];
  const behind = Math.min(tail, CONTEXT);
  const lines = [
    ...before.slice(from, same).map((line) => ` ${line}`),
    ...before.slice(same, oldEnd).map((line) => `-${line}`),
    ...after.slice(same, newEnd).map((line) => `+${line}`),
    ...after.slice(newEnd, newEnd + behind).map((line) => ` ${line}`),
  ];
  const name = path.replace(/\s+/g, ' ');
  const place = (count: number) => `${count === 0 ? 0 : from + 1},${count}`;
  return [
    oldText === null ? '--- /dev/null' : `--- ${name}`,
    `+++ ${name}`,
    `@@ -${place(oldEnd + behind - from)} +${place(newEnd + behind - from)} @@`,
    ...lines,
  ].join('\n');
}
