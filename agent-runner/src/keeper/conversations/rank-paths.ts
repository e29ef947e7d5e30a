/** How well a path fits, the less the better; null: not at all. */
function scoreOf(path: string, text: string): number | null {
  const whole = path.toLowerCase();
  const name = whole.slice(whole.lastIndexOf('/') + 1);
  if (name === text) return 0;
  if (name.startsWith(text)) return 1;
  if (name.includes(text)) return 2;
  if (whole.includes(text)) return 3;
  if (isWithin(name, text)) return 4;
  return isWithin(whole, text) ? 5 : null;
}

/** Whether these characters come in this order. */
function isWithin(whole: string, text: string): boolean {
  let at = 0;
  for (const char of text) {
    at = whole.indexOf(char, at);
    if (at === -1) return false;
    at += char.length;
  }
  return true;
}

const depthOf = (path: string) => path.split('/').length;

/** C15: those that look like the text, best first; without a text those nearest to the top. */
export function rankPaths(paths: readonly string[], text: string, most: number): string[] {
  const wanted = text.trim().toLowerCase();
  return paths
    .flatMap((path) => {
      const score = wanted === '' ? depthOf(path) : scoreOf(path, wanted);
      return score === null ? [] : [{ path, score }];
    })
    .sort(
      (left, right) =>
        left.score - right.score || left.path.length - right.path.length || (left.path < right.path ? -1 : 1),
    )
    .slice(0, most)
    .map(({ path }) => path);
}
