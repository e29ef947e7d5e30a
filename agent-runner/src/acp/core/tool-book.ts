import type { ToolItem } from '@muster/protocol';
import type { TextMask } from './masker.ts';

/** Tool calls that are remembered when they have ended: late updates of them are merged. */
const REMEMBERED = 200;
/** Tool calls that are open at a time: more of them end the oldest. */
const OPEN = 500;
/** Live updates of one tool call are this far apart, ms: at first, and of one that has grown long. */
export const TOOL_LIVE_MS = 100;
export const LONG_TOOL_LIVE_MS = 1_000;
/** Characters of JSON from which a tool call is long. */
export const LONG_TOOL_CHARS = 32 * 1024;

/** A tool call as the adapter has told it, merged (C6). */
export interface KnownTool {
  item: ToolItem;
  /** Masks what its terminal prints. */
  readonly mask: TextMask;
  /** The agent told no input but a long title. */
  inputIsTitle: boolean;
  /** It changed since it was last sent to live readers, or since its last row. */
  isDirty: boolean;
  needsRow: boolean;
  liveAt: number;
  rowAt: number;
  /** C9: every kind that its agent has called it. */
  readonly kinds: Set<string>;
  /** It has asked for permission. */
  hasAsked: boolean;
  /** Of the item as JSON, when it was last sent. */
  chars: number;
}

export const isOpen = ({ item }: KnownTool): boolean => item.endedAt === undefined;

/** The tool calls of one conversation, by the adapter's own ids. */
export class ToolBook {
  readonly #byId = new Map<string, KnownTool>();

  get(toolCallId: string): KnownTool | undefined {
    return this.#byId.get(toolCallId);
  }

  set(toolCallId: string, tool: KnownTool): void {
    this.#byId.delete(toolCallId);
    this.#byId.set(toolCallId, tool);
    if (this.#byId.size <= REMEMBERED) return;
    const [oldest] = [...this.#byId].find(([, each]) => !isOpen(each)) ?? [];
    if (oldest !== undefined) this.#byId.delete(oldest);
  }

  /** The oldest, where one more would be too many; null: there is room. */
  surplus(): KnownTool | null {
    return this.#byId.size < OPEN ? null : (this.all()[0] ?? null);
  }

  remove(tool: KnownTool): void {
    for (const [id, each] of this.#byId) if (each === tool) this.#byId.delete(id);
  }

  /** Null: it is not remembered, and does not change any more. */
  withItem(itemId: string): KnownTool | null {
    for (const tool of this.#byId.values()) if (tool.item.itemId === itemId) return tool;
    return null;
  }

  all(): readonly KnownTool[] {
    return [...this.#byId.values()];
  }

  /** A turn begins: what ended before is not heard of any more, unless it goes on in the background (C16). */
  forgetEnded(): void {
    for (const [id, tool] of this.#byId)
      if (!isOpen(tool) && tool.item.background !== true) this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
  }

  /** When something of it is to be sent or written, ms since 1970. */
  dueAt(): number | null {
    const due = this.all().flatMap((tool) => [
      ...(tool.isDirty ? [tool.liveAt] : []),
      ...(tool.needsRow ? [tool.rowAt] : []),
      ...(tool.mask.dueAt() === null ? [] : [tool.mask.dueAt() ?? 0]),
    ]);
    return due.length === 0 ? null : Math.min(...due);
  }
}
