import type { AgentSummary } from '@muster/protocol';
import { clock } from '../clock.svelte.ts';

/** ms of stopping after which it is offered to be forced. */
const STALLED_MS = 3_000;

/** Whether an agent that was asked to stop takes its time, as far as this page has seen. */
export class StallDetector {
  readonly #status: () => AgentSummary['status'];
  readonly #since = $derived.by(() => (this.#status() === 'stopping' ? Date.now() : null));
  readonly now = $derived.by(() => this.#since !== null && clock.own - this.#since >= STALLED_MS);

  constructor(status: () => AgentSummary['status']) {
    this.#status = status;
  }
}
