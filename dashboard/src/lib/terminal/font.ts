import boldUrl from './fonts/JetBrainsMonoNL-Bold.woff2?url';
import regularUrl from './fonts/JetBrainsMonoNL-Regular.woff2?url';

/** The font that comes with the page: the same cells for everybody, and boxes without gaps. */
const NAME = 'Muster Mono';
const SYSTEM =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';
const WITH_OWN = `"${NAME}", ${SYSTEM}`;
/** ms that a terminal waits for its font. On a slow line it opens with the system's, and changes later. */
const WAIT_MS = 300;

let regular: Promise<boolean> | undefined;
let here = false;

const load = async (url: string, weight: string): Promise<boolean> => {
  const face = new FontFace(NAME, `url(${url}) format("woff2")`, { weight });
  document.fonts.add(face);
  return face.load().then(
    () => true,
    () => false,
  );
};

const loadRegular = (): Promise<boolean> => {
  regular ??= load(regularUrl, '400').then((loaded) => {
    here = loaded;
    return loaded;
  });
  return regular;
};

/** Resolves when a terminal may be opened. */
export async function fontReady(): Promise<void> {
  await Promise.race([loadRegular(), new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
}

let bold: Promise<boolean> | undefined;

/** The font to open a terminal with now, and what to do when more of the font is loaded. */
export function fontFor(change: { family(font: string): void; redraw(): void }): string {
  void loadRegular().then((loaded) => {
    if (!loaded) return;
    change.family(WITH_OWN);
    bold ??= load(boldUrl, '700');
    void bold.then(() => change.redraw());
  });
  return here ? WITH_OWN : SYSTEM;
}
