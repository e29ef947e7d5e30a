import { type AgentId, PUSH_LIMITS } from '@muster/protocol';
import type { MusterClient } from './types.ts';

/** Calls `run` every so many ms until what it returns is called. */
export type Repeat = (run: () => void, ms: number) => () => void;

const everyMs: Repeat = (run, ms) => {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
};

/** C10: tells the server which agent a person looks at now, so that their devices are not notified of it meanwhile. */
export class FocusReporter {
  readonly #client: Pick<MusterClient, 'request' | 'on'>;
  readonly #repeat: Repeat;
  #agentId: AgentId | null = null;
  #stop: (() => void) | null = null;

  constructor(client: Pick<MusterClient, 'request' | 'on'>, repeat: Repeat = everyMs) {
    this.#client = client;
    this.#repeat = repeat;
    client.on('attention', ({ eventId, agentId }) => {
      if (agentId === this.#agentId) quiet(this.#client.request('attention:seen', { eventId }));
    });
  }

  /** `agentId`: the agent that the page shows; `looks`: the page is visible and has the focus. */
  show(agentId: AgentId | null, looks: boolean): void {
    const next = looks ? agentId : null;
    if (next === this.#agentId) return;
    this.#agentId = next;
    this.#stop?.();
    this.#stop = next === null ? null : this.#repeat(() => this.#tell(), PUSH_LIMITS.focusRenewal);
    this.#tell();
  }

  close(): void {
    this.show(null, false);
  }

  #tell(): void {
    const payload = { agentId: this.#agentId, visible: this.#agentId !== null };
    quiet(this.#client.request('page:focus', payload));
  }
}

/** The server fails open: what does not arrive leads to a push. */
const quiet = (asked: Promise<unknown>): void => void asked.catch(() => undefined);
