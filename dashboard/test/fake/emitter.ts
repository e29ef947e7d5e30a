/** Listeners by event name. */
export class Emitter<E> {
  readonly #listeners: { [K in keyof E]?: Set<(value: E[K]) => void> } = {};

  readonly on = <K extends keyof E>(event: K, listener: (value: E[K]) => void): (() => void) => {
    const listeners = this.#listeners[event] ?? new Set<(value: E[K]) => void>();
    this.#listeners[event] = listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  emit<K extends keyof E>(event: K, value: E[K]): void {
    for (const listener of this.#listeners[event] ?? []) listener(value);
  }
}
