import { type ConversationId, ConversationIdSchema, TurnIdSchema } from '@muster/protocol';
import * as z from 'zod';
import { type ProgramRecord, ProgramRecordSchema } from '../../program/orphaned-processes.ts';
import type { JournalFile } from '../commands/journal.ts';

/** Turns that are over and still known by id; a room repeats none of which it has the end. */
const KNOWN = 1_000;
const TAG = z.string().min(1).max(128);

const LineSchema = z.union([
  z.object({ turnId: TurnIdSchema, conversationId: ConversationIdSchema }),
  z.object({ turnId: TurnIdSchema, over: z.literal(true) }),
  z.object({ adapter: TAG, record: ProgramRecordSchema }),
  z.object({ adapter: TAG, over: z.literal(true) }),
]);
type Line = z.infer<typeof LineSchema>;

/**
 * C16: which turns were started, written down before the agent hears of them, so that none starts twice; and the adapters
 * that run, so that a later keeper ends what this one leaves (P4).
 */
export class TurnJournal {
  readonly #file: JournalFile;
  /** null: it is over. */
  readonly #turns = new Map<string, ConversationId | null>();
  readonly #adapters = new Map<string, ProgramRecord>();
  #lines = 0;

  constructor(file: JournalFile) {
    this.#file = file;
    for (const line of linesOf(file.read() ?? '')) this.#take(line);
  }

  knows(turnId: string): boolean {
    return this.#turns.has(turnId);
  }

  /** The turns that were started and are not known to have ended. */
  unfinished(): readonly (readonly [string, ConversationId])[] {
    return [...this.#turns].flatMap(([turnId, conversationId]) =>
      conversationId === null ? [] : [[turnId, conversationId] as const],
    );
  }

  /** What was started and is not known to have ended. */
  adapters(): readonly (readonly [string, ProgramRecord])[] {
    return [...this.#adapters];
  }

  /** @throws when the disk takes no more: then it must not start. */
  begin(turnId: string, conversationId: ConversationId): void {
    this.#write({ turnId, conversationId });
  }

  /** Behind its end in the stream; also of one that never starts. A full disk keeps no turn from ending. */
  finish(turnId: string): void {
    this.#attempt({ turnId, over: true });
  }

  /** @throws when the disk takes no more: then it must not start. */
  adapterStarts(tag: string, record: ProgramRecord): void {
    this.#write({ adapter: tag, record });
  }

  adapterEnded(tag: string): void {
    this.#attempt({ adapter: tag, over: true });
  }

  #attempt(line: Line): void {
    try {
      this.#write(line);
      if (this.#lines > 3 * KNOWN) this.#rewrite();
    } catch {
      this.#take(line);
    }
  }

  #write(line: Line): void {
    this.#file.append(`${JSON.stringify(line)}\n`);
    this.#take(line);
  }

  #take(line: Line): void {
    this.#lines += 1;
    if ('turnId' in line) this.#turns.set(line.turnId, 'over' in line ? null : line.conversationId);
    else if ('over' in line) this.#adapters.delete(line.adapter);
    else this.#adapters.set(line.adapter, line.record);
  }

  #rewrite(): void {
    const over = [...this.#turns].filter(([, conversationId]) => conversationId === null);
    for (const [turnId] of over.slice(0, Math.max(0, over.length - KNOWN))) this.#turns.delete(turnId);
    const turns = [...this.#turns].map(
      ([turnId, conversationId]): Line =>
        conversationId === null ? { turnId, over: true } : { turnId, conversationId },
    );
    const adapters = [...this.#adapters].map(([adapter, record]): Line => ({ adapter, record }));
    const lines = [...turns, ...adapters];
    this.#file.replace(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#lines = lines.length;
  }
}

/** A line that a crash cut off started nothing. */
function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((each) => {
    try {
      return [LineSchema.parse(JSON.parse(each))];
    } catch {
      return [];
    }
  });
}
