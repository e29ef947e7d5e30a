import type { StoredItem } from '@muster/protocol';
import type { Cost } from '../history/item-types.ts';
import type { Decisions, ExportFormat, ExportHead } from './export-format.ts';

/** Items of one page; each page is one piece of the stream. */
const PAGE_ITEMS = 100;

export interface ExportSource {
  /** Oldest first, after an index; `next` null: that was all. */
  page(query: { readonly after: number; readonly limit: number }): Promise<{
    readonly items: readonly StoredItem[];
    readonly next: number | null;
  }>;
  decisions(items: readonly StoredItem[]): Promise<Decisions>;
  cost(): Promise<Cost | null>;
}

/** A whole conversation, read as fast as its reader takes it. */
export function exportStream(
  source: ExportSource,
  format: ExportFormat,
  head: ExportHead,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces = piecesOf(source, format, head);
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* piecesOf(
  source: ExportSource,
  format: ExportFormat,
  head: ExportHead,
): AsyncGenerator<string, undefined> {
  yield format.begin(head);
  let after: number | null = -1;
  while (after !== null) {
    const page = await source.page({ after, limit: PAGE_ITEMS });
    if (page.items.length > 0) yield format.items(page.items, await source.decisions(page.items));
    after = page.next;
  }
  const others = (await source.decisions([])).get('') ?? [];
  yield format.end(await source.cost(), others);
  return undefined;
}
