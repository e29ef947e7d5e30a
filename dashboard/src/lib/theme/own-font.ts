/** Read by app.html before the first paint: the font is in this browser's cache. */
const STORAGE_KEY = 'muster.font';
const OWN = 'own';

/** Loads the page's own font and switches to it. A first visit starts with the system's (F16). */
export async function useOwnFont(): Promise<void> {
  const { dataset } = document.documentElement;
  if (dataset['font'] === OWN) return;
  const faces = await document.fonts.load('1em "Hanken Grotesk Variable"').catch(() => []);
  if (faces.length === 0) return;
  dataset['font'] = OWN;
  try {
    localStorage.setItem(STORAGE_KEY, OWN);
  } catch {
    // Storage may be forbidden; then each page loads it late.
  }
}
