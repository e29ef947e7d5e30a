/** Typed listeners. A listener that throws does not keep the others from hearing. */
export class Emitter<E> {
  readonly #listeners = new Map<keyof E, Set<(value: never) => void>>();

  on<K extends keyof E>(event: K, listener: (value: E[K]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit<K extends keyof E>(event: K, value: E[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as (value: E[K]) => void)(value);
      } catch (error) {
        // The fault is the listener's: it surfaces where uncaught errors do, and the stream goes on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
