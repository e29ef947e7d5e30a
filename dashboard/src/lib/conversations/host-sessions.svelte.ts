import { type HostSession, HostSessionSchema } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';

const AnswerSchema = z.object({ sessions: z.array(HostSessionSchema), next: z.string().nullable() });

/** C11: sessions on the agent's host, page by page. */
export class HostSessions {
  list = $state.raw<readonly HostSession[] | null>(null);
  /** Where the next page begins; null: there is none. */
  next = $state<string | null>(null);
  pending = $state(false);
  failure = $state<string | null>(null);
  readonly #agentId: string;

  constructor(agentId: string) {
    this.#agentId = agentId;
  }

  /** The first page, or the next one. */
  async load(): Promise<void> {
    if (this.pending) return;
    this.pending = true;
    this.failure = null;
    const path = `/api/agents/${encodeURIComponent(this.#agentId)}/sessions`;
    const answer = await get(path, { after: this.next ?? undefined }, AnswerSchema);
    this.pending = false;
    if (!answer.ok) {
      this.failure = answer.error.message;
      return;
    }
    this.list = [...(this.list ?? []), ...answer.value.sessions];
    this.next = answer.value.next;
  }
}
