/** Read by app.html before the first paint: this browser has the font. */
const STORAGE_KEY = 'muster.font';
const OWN = 'own';

/** Loads the page's own font, which a first visit does without until then (F16), and shows it. */
export async function useOwnFont(): Promise<void> {
  const { dataset } = document.documentElement;
  if (dataset['font'] === OWN) return;
  const faces = await document.fonts.load('1em "Hanken Grotesk Variable"').catch(() => []);
  if (faces.length === 0) return;
  dataset['font'] = OWN;
  try {
    localStorage.setItem(STORAGE_KEY, OWN);
  } catch {
    // Storage may be forbidden; the next page loads it late again.
  }
}
