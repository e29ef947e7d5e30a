import type { SealedVapidKey } from '../../push/vapid.ts';
import type { PushCommit, PushStore, StoredPushes } from '../core/push/index.ts';

/** The twin of the SQLite store, for tests. Rows are copied, as a database would. */
export class MemoryPushStore implements PushStore {
  readonly #subscriptions = new Map<string, StoredPushes['subscriptions'][number]>();
  readonly #settings = new Map<string, StoredPushes['settings'][number]>();
  readonly #shown = new Map<string, StoredPushes['shown'][number]>();
  readonly #entries = new Map<string, StoredPushes['entries'][number]>();
  #key: SealedVapidKey | null = null;

  load(): StoredPushes {
    return structuredClone({
      subscriptions: [...this.#subscriptions.values()].sort((a, b) => a.createdAt - b.createdAt),
      settings: [...this.#settings.values()],
      shown: [...this.#shown.values()],
      entries: [...this.#entries.values()].sort((a, b) => a.dueAt - b.dueAt),
    });
  }

  commit(change: PushCommit): void {
    const { subscriptions, settings, shown, entries } = structuredClone(change);
    for (const row of subscriptions) this.#subscriptions.set(row.subscriptionId, row);
    for (const id of change.dropSubscriptions) this.#subscriptions.delete(id);
    for (const row of settings) this.#settings.set(row.memberId, row);
    for (const id of change.dropSettings) this.#settings.delete(id);
    for (const row of shown) this.#shown.set(row.permissionId, row);
    for (const id of change.dropShown) this.#shown.delete(id);
    for (const entry of entries) this.#entries.set(entry.id, entry);
    for (const id of change.dropEntries) this.#entries.delete(id);
  }

  key(): SealedVapidKey | null {
    return this.#key;
  }

  setKey(key: SealedVapidKey): void {
    this.#key = key;
  }
}
