import { Pacer } from './pacer.ts';

let pacer: Pacer | undefined;

/** The one frame loop that all terminals of this page share. In the browser only. */
export function pagePacer(): Pacer {
  if (pacer !== undefined) return pacer;
  const made = new Pacer({
    request: (run) => requestAnimationFrame(run),
    now: () => performance.now(),
    get hidden() {
      return document.hidden;
    },
  });
  document.addEventListener('visibilitychange', () => made.visibilityChanged());
  pacer = made;
  return made;
}
