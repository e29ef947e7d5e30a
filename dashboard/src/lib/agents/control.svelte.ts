import type { MusterClient } from '@muster/client';
import type { Action } from './actions.ts';
import { failureOf } from './failure.ts';

/** What became of the last press on one agent's buttons. */
export type Outcome =
  | { readonly name: 'idle' }
  | { readonly name: 'pending'; readonly action: Action }
  | { readonly name: 'done'; readonly action: Action; readonly ms: number }
  | { readonly name: 'failed'; readonly action: Action; readonly code: string; readonly message: string };

/** ms a success stays on the page. */
const DONE_MS = 6_000;

/** The buttons of one agent. One at a time: what makes sense next depends on what became of this one. */
export class AgentControl {
  outcome = $state.raw<Outcome>({ name: 'idle' });
  readonly #client: MusterClient;
  readonly #agentId: string;

  constructor(client: MusterClient, agentId: string) {
    this.#client = client;
    this.#agentId = agentId;
  }

  async run(action: Action): Promise<void> {
    const begun = performance.now();
    this.outcome = { name: 'pending', action };
    try {
      await this.#request(action);
      this.#settle({ name: 'done', action, ms: performance.now() - begun });
    } catch (reason) {
      const { code, message } = failureOf(reason);
      this.outcome = { name: 'failed', action, code, message };
    }
  }

  #settle(outcome: Outcome): void {
    this.outcome = outcome;
    setTimeout(() => {
      if (this.outcome === outcome) this.outcome = { name: 'idle' };
    }, DONE_MS);
  }

  #request(action: Action): Promise<unknown> {
    const agentId = this.#agentId;
    switch (action) {
      case 'force':
        return this.#client.request('agent:terminate', { agentId, force: true });
      case 'terminate':
        return this.#client.request('agent:terminate', { agentId });
      case 'start':
      case 'pause':
      case 'resume':
      case 'restart':
        return this.#client.request(`agent:${action}`, { agentId });
    }
  }
}
