import type { MusterClient } from '@muster/client';
import { AgentIdSchema, slugOf } from '@muster/protocol';
import { type Draft, emptyDraft, type FieldErrors, serverErrors, toCreate } from './draft.ts';
import { failureOf } from './failure.ts';

/** The form of a new agent: what is typed stays, whatever comes back. */
export class NewAgent {
  draft = $state<Draft>(emptyDraft());
  errors = $state.raw<FieldErrors>({});
  pending = $state(false);

  /** The new agent's id, or null when something has to be mended first. */
  async submit(client: MusterClient): Promise<string | null> {
    const message = toCreate($state.snapshot(this.draft));
    this.errors = message.ok ? {} : message.error;
    if (!message.ok) return null;
    this.pending = true;
    try {
      const { result } = await client.request('agent:create', message.value);
      const named = AgentIdSchema.safeParse(result?.['agentId']);
      return named.success ? named.data : slugOf(message.value.name);
    } catch (reason) {
      this.errors = serverErrors(failureOf(reason));
      return null;
    } finally {
      this.pending = false;
    }
  }
}
