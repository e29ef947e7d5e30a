import type { MusterClient } from '@muster/client';
import type { ViewerPayload, ViewerType } from '@muster/protocol';
import { failureOf } from '../agents/failure.ts';
import type { ActFailure } from './types.ts';

/** Requests of a page: what is under way, and what was refused last. */
export class Acts {
  failure = $state.raw<ActFailure | null>(null);
  #busy = $state.raw<ReadonlySet<string>>(new Set());
  readonly #client: Pick<MusterClient, 'request'>;

  constructor(client: Pick<MusterClient, 'request'>) {
    this.#client = client;
  }

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** `id`: of what it is about; null: of the conversation itself. True when it was done. */
  request<T extends ViewerType>(type: T, id: string | null, payload: ViewerPayload<T>): Promise<boolean> {
    return this.run(type, id, () => this.#client.request(type, payload));
  }

  async run(act: string, id: string | null, todo: () => Promise<unknown>): Promise<boolean> {
    const key = id ?? act;
    this.failure = null;
    this.#busy = new Set([...this.#busy, key]);
    try {
      await todo();
      return true;
    } catch (reason) {
      this.failure = { act, id, error: failureOf(reason) };
      return false;
    } finally {
      this.#busy = new Set([...this.#busy].filter((one) => one !== key));
    }
  }
}
