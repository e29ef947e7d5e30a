import type { Json } from './json.ts';

/** Why the keeper called the adapter: what its answer means. */
export type CallPurpose =
  | { readonly type: 'initialize' | 'new' | 'resume' | 'load' | 'authenticate' }
  /** C17: `requestId`: a member asked; absent: before the first prompt. */
  | {
      readonly type: 'configure';
      readonly configId: string;
      readonly value: string | boolean;
      readonly requestId?: string;
    }
  /** C11: whether the agent still has the session that it did not take up, for `error`. `page`: from 1. */
  | { readonly type: 'find'; readonly error: RpcError; readonly page: number }
  | { readonly type: 'prompt'; readonly turnId: string }
  | { readonly type: 'steer'; readonly messageId: string }
  | { readonly type: 'list'; readonly queryId: string };

/** The keeper's calls that the adapter has not answered, by JSON-RPC id. Ids are never used twice. */
export class Calls {
  #next = 1;
  readonly #open = new Map<number, CallPurpose>();

  begin(purpose: CallPurpose): number {
    const id = this.#next;
    this.#next += 1;
    this.#open.set(id, purpose);
    return id;
  }

  /** Null: an answer to nothing, or a second one. */
  take(id: unknown): CallPurpose | null {
    if (typeof id !== 'number') return null;
    const purpose = this.#open.get(id) ?? null;
    this.#open.delete(id);
    return purpose;
  }

  /** Whether one of these is under way. */
  has(type: CallPurpose['type']): boolean {
    return [...this.#open.values()].some((purpose) => purpose.type === type);
  }

  /** The adapter is gone: nothing is answered any more. */
  drop(): CallPurpose[] {
    const open = [...this.#open.values()];
    this.#open.clear();
    return open;
  }
}

/** A JSON-RPC error as an adapter tells it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
}
export type Answer =
  | { readonly ok: true; readonly result: Json }
  | { readonly ok: false; readonly error: RpcError };
