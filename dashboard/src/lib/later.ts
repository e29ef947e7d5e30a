import type { App } from './connection/app.svelte.ts';
import { contentLoaded } from './content.ts';
import { useOwnFont } from './theme/own-font.ts';

/** Menus and dialogs, so that they are there when somebody presses their button. */
const loadMenus = () =>
  Promise.allSettled([
    import('./components/agents/ActionMenuList.svelte'),
    import('./components/connection/MemberMenuList.svelte'),
    import('./components/terminal/PasteDialog.svelte'),
  ]);

/** Loads everything that a page can do without at first, one after the other, after its content (F16). */
export async function loadRest(): Promise<void> {
  await contentLoaded();
  await useOwnFont();
  await loadMenus();
}

/** Starts what a page does beside what it shows, once everything else is there; returns how to end it. */
export function loadBackground(app: App): () => void {
  let stop: (() => void) | null = null;
  let ended = false;
  void loadRest()
    .then(() => import('./notifications/background.svelte.ts'))
    .then(
      ({ startBackground }) => {
        if (!ended) stop = startBackground(app);
      },
      () => undefined,
    );
  return () => {
    ended = true;
    stop?.();
  };
}
