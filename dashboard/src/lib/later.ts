import { contentLoaded } from './content.ts';
import { useOwnFont } from './theme/own-font.ts';

/** What a page shows at a press: here before anybody presses, should the line allow it. */
const loadPressed = () =>
  Promise.allSettled([
    import('./components/agents/ActionMenuList.svelte'),
    import('./components/connection/MemberMenuList.svelte'),
    import('./components/terminal/PasteDialog.svelte'),
  ]);

/** F16: all that can wait, one after the other, once what the page is for is there. */
export async function loadRest(): Promise<void> {
  await contentLoaded();
  await useOwnFont();
  await loadPressed();
}
