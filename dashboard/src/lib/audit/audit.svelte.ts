import { AuditRowSchema, ok } from '@muster/protocol';
import * as z from 'zod';
import { clock } from '../clock.svelte.ts';
import { get } from '../rest/get.ts';
import { Pages } from '../rest/pages.svelte.ts';
import type { AuditFilter } from './filter.ts';
import { BEGUN, type Verification, VerifyAnswerSchema, verified } from './verify.ts';

const AnswerSchema = z.object({ entries: z.array(AuditRowSchema), next: z.number().int().nullable() });
const ROWS = 100;

/** The log as the page reads it, and whether it is as it was written. */
export class Audit {
  verification = $state.raw<Verification>({ name: 'unknown' });
  readonly pages = new Pages(async (before, signal) => {
    const answer = await get('/api/audit', { ...this.#filter, limit: ROWS, before }, AnswerSchema, signal);
    return answer.ok ? ok({ rows: answer.value.entries, next: answer.value.next }) : answer;
  });
  #filter: AuditFilter;
  readonly #closed = new AbortController();

  constructor(filter: AuditFilter) {
    this.#filter = filter;
  }

  narrow(filter: AuditFilter): void {
    this.#filter = filter;
    void this.pages.reload();
  }

  /** Follows the chain to its end, part by part. */
  async verify(): Promise<void> {
    if (this.verification.name === 'checking') return;
    let after: number | undefined;
    this.verification = BEGUN;
    do {
      const answer = await get('/api/audit/verify', { after }, VerifyAnswerSchema, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      if (!answer.ok) {
        this.verification = { name: 'failed', error: answer.error };
        return;
      }
      this.verification = verified(this.verification, answer.value, clock.now);
      after = answer.value.next ?? undefined;
    } while (this.verification.name === 'checking');
  }

  close(): void {
    this.#closed.abort();
    this.pages.close();
  }
}
