import type { Priority, ViewerPayload } from '@muster/protocol';

/** As much of a waiting command as its order needs. Indexes are from 0, positions on the wire from 1. */
interface Waiting {
  readonly commandId: string;
  readonly priority: Priority;
}
type Move = Pick<ViewerPayload<'command:move'>, 'position'> & { readonly commandId: string };

/** Q1: where it may go: among those of its own priority. */
export function reachOf(
  queue: readonly Waiting[],
  from: number,
): { readonly first: number; readonly last: number } {
  const own = queue[from]?.priority;
  const first = queue.findIndex(({ priority }) => priority === own);
  const last = queue.findLastIndex(({ priority }) => priority === own);
  return { first, last };
}

const within = (index: number, { first, last }: { readonly first: number; readonly last: number }) =>
  Math.min(Math.max(index, first), last);

/** The request that takes the one at `from` to `to`, or as near to it as Q1 allows; null: it stays where it is. */
export function moveOf(queue: readonly Waiting[], from: number, to: number): Move | null {
  const entry = queue[from];
  if (entry === undefined) return null;
  const index = within(to, reachOf(queue, from));
  return index === from ? null : { commandId: entry.commandId, position: index + 1 };
}

/** The queue as it will be, until the room says so itself. */
export function reordered<W extends Waiting & { readonly position: number }>(
  queue: readonly W[],
  { commandId, position }: Move,
): readonly W[] {
  const entry = queue.find((candidate) => candidate.commandId === commandId);
  if (entry === undefined) return queue;
  const rest = queue.filter((candidate) => candidate !== entry);
  return rest.toSpliced(position - 1, 0, entry).map((one, index) => ({ ...one, position: index + 1 }));
}

/** The index that a row dragged by `dy` px hangs over: it takes a neighbour's place when past its middle. */
export function indexUnder(heights: readonly number[], from: number, dy: number): number {
  const step = dy < 0 ? -1 : 1;
  let left = Math.abs(dy);
  let index = from;
  for (;;) {
    const height = heights[index + step];
    if (height === undefined || left < height / 2) return index;
    left -= height;
    index += step;
  }
}

/** How far, in rows of the dragged one's height, the others make way: -1, 0 or 1. */
export function wayOf(index: number, from: number, over: number): -1 | 0 | 1 {
  if (index > from && index <= over) return -1;
  if (index < from && index >= over) return 1;
  return 0;
}
