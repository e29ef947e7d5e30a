import type { StoredItem } from '@muster/protocol';
import type { ItemDecision } from '../agent-room/core/conversations/item-decision.ts';
import type { Cost } from '../history/item-types.ts';
import type { Decisions, ExportFormat, ExportHead } from './export-format.ts';

/** One object: `conversation`, `items` as the API has them, each with its `decisions`, then `decisions` of none, and `cost`. */
export class JsonExport implements ExportFormat {
  readonly contentType = 'application/json; charset=utf-8';
  readonly extension = 'json';
  #isFirst = true;

  begin(head: ExportHead): string {
    return `{"version":1,"conversation":${JSON.stringify(head)},"items":[`;
  }

  items(items: readonly StoredItem[], decisions: Decisions): string {
    return items
      .map((stored) => {
        const own = decisions.get(stored.item.itemId);
        const separator = this.#isFirst ? '\n' : ',\n';
        this.#isFirst = false;
        return separator + JSON.stringify(own === undefined ? stored : { ...stored, decisions: own });
      })
      .join('');
  }

  end(cost: Cost | null, others: readonly ItemDecision[]): string {
    return `\n],"decisions":${JSON.stringify(others)},"cost":${JSON.stringify(cost)}}\n`;
  }
}
