/** ms between two draws of a page that nobody sees: it has no frames. */
const HIDDEN_MS = 250;

/** Runs `draw` with the next frame. */
export function nextFrame(draw: () => void): void {
  if (typeof document === 'undefined' || document.hidden) setTimeout(draw, HIDDEN_MS);
  else requestAnimationFrame(draw);
}
