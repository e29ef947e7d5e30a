/** In the browser only. */
export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** A screen one holds in the hand, or has no mouse for: it looks, and sizes a program only when asked to. */
export const isHandheld = (): boolean => matchMedia('(pointer: coarse), (max-width: 40rem)').matches;
