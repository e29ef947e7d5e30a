/** Calls back when a browser is online or visible again; returns how to stop. Outside a browser: never. */
export function onWake(act: () => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const visible = () => {
    if (document.visibilityState === 'visible') act();
  };
  window.addEventListener('online', act);
  window.addEventListener('pageshow', act);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', act);
    window.removeEventListener('pageshow', act);
    document.removeEventListener('visibilitychange', visible);
  };
}
