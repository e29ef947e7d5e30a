import { createSubscriber } from 'svelte/reactivity';

/** Whether somebody looks at this page: it is visible, and its window has the focus. Reactive; in the browser only. */
class PageFocus {
  readonly #subscribe = createSubscriber((update) => {
    const listening = new AbortController();
    const { signal } = listening;
    for (const type of ['focus', 'blur']) addEventListener(type, update, { signal });
    document.addEventListener('visibilitychange', update, { signal });
    return () => listening.abort();
  });

  get isHeld(): boolean {
    this.#subscribe();
    return document.visibilityState === 'visible' && document.hasFocus();
  }
}

export const pageFocus = new PageFocus();
