import type { Item } from '@muster/protocol';

/** How a primer begins: by this it is known again. */
const HEAD = 'You do not remember the conversation so far. These were its last messages:';
/** UTF-8 bytes of a primer, and characters of one message in it. */
const MOST_BYTES = 8 * 1024;
const MESSAGE_CHARS = 2_000;
/** Items that are looked at, and messages after which it is too late to remind an agent. */
const LOOKED_AT = 300;
const LATE_AFTER = 3;

const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text).length;

const isFresh = (item: Item): boolean => item.kind === 'notice' && item.fresh === true;

/** C11: where the agent's session began anew and nobody has told it what was said; -1: nowhere. */
function freshAt(items: readonly Item[]): number {
  const from = Math.max(0, items.length - LOOKED_AT);
  const at = items.findLastIndex((item, index) => index >= from && isFresh(item));
  if (at === -1) return -1;
  const since = items.slice(at + 1).filter(({ kind }) => kind === 'user');
  const isTold = since.some((item) => item.kind === 'user' && item.text.startsWith(HEAD));
  return isTold || since.length > LATE_AFTER ? -1 : at;
}

function lineOf(item: Item): string | null {
  if (item.kind !== 'user' && item.kind !== 'agent') return null;
  const text = item.text.trim();
  // What an earlier primer told is told by its messages.
  if (text === '' || text.startsWith(HEAD)) return null;
  const short = text.length > MESSAGE_CHARS ? `${text.slice(0, MESSAGE_CHARS).toWellFormed()}…` : text;
  return [item.kind === 'agent' ? 'You' : (item.name ?? 'User'), short].join(': ');
}

/** The last messages before the agent's session began anew, for a person to edit and send; null: there is no need. */
export function primerOf(items: readonly Item[]): string | null {
  const at = freshAt(items);
  const lines: string[] = [];
  let left = MOST_BYTES - bytesOf(HEAD);
  for (let index = at - 1; index >= Math.max(0, at - LOOKED_AT); index -= 1) {
    const item = items[index];
    const line = item === undefined ? null : lineOf(item);
    if (line === null) continue;
    left -= bytesOf(line) + 2;
    if (left < 0) break;
    lines.unshift(line);
  }
  return lines.length === 0 ? null : [HEAD, ...lines].join('\n\n');
}
