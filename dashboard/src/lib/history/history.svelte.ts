import {
  CommandRowSchema,
  EventRowSchema,
  type HistoryMatch,
  HistoryMatchSchema,
  ok,
  type Result,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import { clock } from '../clock.svelte.ts';
import { get } from '../rest/get.ts';
import { type Page, Pages } from '../rest/pages.svelte.ts';
import { type HistoryFilter, questionOf } from './filter.ts';

const next = z.number().int().nullable();
const CommandsAnswerSchema = z.object({ commands: z.array(CommandRowSchema), next });
const SearchAnswerSchema = z.object({ matches: z.array(HistoryMatchSchema), next });
const OneAnswerSchema = z.object({ command: CommandRowSchema, events: z.array(EventRowSchema) });
type Recorded = z.infer<typeof OneAnswerSchema>;

const ROWS = 50;

/** Commands of the past as the page reads them; with words, where these stand in them and in conversations. */
export class History {
  readonly pages = new Pages<HistoryMatch>((before, signal) => this.#ask(before, signal));
  #filter: HistoryFilter;
  #since = 0;

  constructor(filter: HistoryFilter) {
    this.#filter = filter;
  }

  narrow(filter: HistoryFilter): void {
    this.#filter = filter;
    this.#since = clock.now;
    void this.pages.reload();
  }

  async #ask(
    before: number | undefined,
    signal: AbortSignal,
  ): Promise<Result<Page<HistoryMatch>, WireError>> {
    const question = { ...questionOf(this.#filter, this.#since), limit: ROWS, before };
    if (this.#filter.text !== '') {
      const found = await get('/api/history/search', question, SearchAnswerSchema, signal);
      return found.ok ? ok({ rows: found.value.matches, next: found.value.next }) : found;
    }
    const listed = await get('/api/history/commands', question, CommandsAnswerSchema, signal);
    if (!listed.ok) return listed;
    const rows = listed.value.commands.map((command) => ({ command, line: null, output: null }));
    return ok({ rows, next: listed.value.next });
  }
}

/** One command and what became of it, step by step. */
export const recorded = (commandId: string): Promise<Result<Recorded, WireError>> =>
  get(`/api/commands/${encodeURIComponent(commandId)}`, {}, OneAnswerSchema);
