import { type HostAnswer, type HostQuery, type WireError, wireError } from '@muster/protocol';
import { ROOM_LIMITS } from './core/limits.ts';

const refused = (error: WireError): HostAnswer => ({ type: 'refused', error });

/** Questions to the agent's host whose callers wait. Each is answered, in its time. */
export class HostQueries {
  readonly #pending = new Map<string, (answer: HostAnswer) => void>();

  /** `ask`: sends it, and may have the answer at once. */
  async ask(query: HostQuery, ask: (queryId: string) => void): Promise<HostAnswer> {
    if (this.#pending.size >= ROOM_LIMITS.hostQueries)
      return refused(wireError('RESOURCE_EXHAUSTED', 'Too many questions wait for this host. Try again.'));
    const queryId = crypto.randomUUID();
    const limit = query.type === 'files' ? ROOM_LIMITS.filesAnswer : ROOM_LIMITS.sessionsAnswer;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<HostAnswer>((resolve) => {
        timer = setTimeout(() => resolve(refused(late(limit))), limit);
        this.#pending.set(queryId, resolve);
        ask(queryId);
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(queryId);
    }
  }

  /** One that nobody waits for is dropped. */
  answer(queryId: string, answer: HostAnswer): void {
    this.#pending.get(queryId)?.(answer);
  }
}

const late = (limit: number): WireError =>
  wireError(
    'AGENT_OFFLINE',
    `The host of this agent did not answer in ${limit / 1000} s. Try again, or upgrade its runner.`,
  );
