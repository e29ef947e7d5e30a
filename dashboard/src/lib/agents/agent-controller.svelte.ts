import type { MusterClient } from '@muster/client';
import { type Action, isReversible } from './actions.ts';
import { failureOf } from './failure.ts';
import { undo } from './undo.svelte.ts';

/** The outcome of the last press on one agent's buttons. `waiting`: it can still be undone. */
export type Outcome =
  | { readonly name: 'idle' }
  | { readonly name: 'waiting' | 'pending'; readonly action: Action }
  | { readonly name: 'done'; readonly action: Action; readonly ms: number }
  | { readonly name: 'failed'; readonly action: Action; readonly code: string; readonly message: string };

/** ms a success stays on the page. */
const DONE_MS = 6_000;

/** The buttons of one agent. One at a time: what makes sense next depends on what became of this one. */
export class AgentController {
  outcome = $state.raw<Outcome>({ name: 'idle' });
  readonly #client: MusterClient;
  readonly #agentId: string;

  constructor(client: MusterClient, agentId: string) {
    this.#client = client;
    this.#agentId = agentId;
  }

  /** `name`: what people call the agent. A second press on what can be taken back does not wait for it. */
  async run(action: Action, name: string = this.#agentId): Promise<void> {
    const { outcome } = this;
    if (outcome.name === 'waiting' && outcome.action === action && undo.acts.now(this.#agentId)) return;
    if (isReversible(action) && !(await this.#isMeant(action, name))) return;
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

  async #isMeant(action: 'stop' | 'restart', name: string): Promise<boolean> {
    const waiting: Outcome = { name: 'waiting', action };
    this.outcome = waiting;
    const ending = await undo.acts.wait({ agentId: this.#agentId, name, action });
    if (ending !== 'send' && this.outcome === waiting) this.outcome = { name: 'idle' };
    return ending === 'send';
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
      case 'stop':
        return this.#client.request('agent:terminate', { agentId });
      case 'start':
      case 'pause':
      case 'resume':
      case 'restart':
        return this.#client.request(`agent:${action}`, { agentId });
    }
  }
}
