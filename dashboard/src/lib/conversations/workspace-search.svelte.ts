import type { Result, WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';

const AnswerSchema = z.object({ files: z.array(z.string()) });
/** ms for which somebody may go on typing. */
const PAUSE_MS = 120;

export type FindFiles = (
  agentId: string,
  query: string,
  signal: AbortSignal,
) => Promise<Result<{ readonly files: readonly string[] }, WireError>>;

const findFiles: FindFiles = (agentId, query, signal) =>
  get(`/api/agents/${encodeURIComponent(agentId)}/files`, { query }, AnswerSchema, signal);

/** C15: files of the agent's workspace for the word behind `@`. */
export class WorkspaceSearch {
  /** Of the newest answer; while another one is asked for, those before stay. */
  files = $state.raw<readonly string[]>([]);
  /** Why none can be shown; null: they can. */
  failure = $state<string | null>(null);
  pending = $state(false);
  readonly #agentId: string;
  readonly #find: FindFiles;
  #query: string | null = null;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(agentId: string, find: FindFiles = findFiles) {
    this.#agentId = agentId;
    this.#find = find;
  }

  /** null: no file is being named. */
  ask(query: string | null): void {
    if (query === this.#query) return;
    const isFirst = this.#query === null;
    this.#query = query;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.pending = query !== null;
    if (query === null) {
      this.files = [];
      this.failure = null;
    } else this.#timer = setTimeout(() => void this.#ask(query), isFirst ? 0 : PAUSE_MS);
  }

  async #ask(query: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const answer = await this.#find(this.#agentId, query, abort.signal);
    if (abort.signal.aborted) return;
    this.pending = false;
    this.files = answer.ok ? answer.value.files : [];
    this.failure = answer.ok ? null : answer.error.message;
  }
}
