import { goto } from '$app/navigation';
import type { App } from '../connection/app.svelte.ts';
import { showCount } from './favicon.ts';
import { followLinks } from './follow-links.ts';
import { registerAgain, unsubscribe } from './register-again.ts';
import { registerWorker, tellLoaded } from './register-worker.ts';
import { isSoundOn, playTone } from './sound.ts';
import { followTakeovers } from './takeover.ts';

const NEW_VERSION = 'There is a new version of Muster. The next page that you open is of it.';

/** What a page does beside what it shows: the count on its icon, the tone, and its service worker. */
export function startBackground(app: App): () => void {
  const stopCount = $effect.root(() => {
    let before = app.waitingForMe;
    $effect(() => {
      const count = app.waitingForMe;
      showCount(count);
      if (count > before && isSoundOn()) void playTone().catch(() => undefined);
      before = count;
    });
  });
  const stops = [stopCount, ...followWorker(app)];
  return () => {
    for (const stop of stops) stop();
    showCount(0);
    if (app.signIn === 'out') void unsubscribe();
  };
}

function followWorker(app: App): readonly (() => void)[] {
  const workers = 'serviceWorker' in navigator ? navigator.serviceWorker : null;
  if (workers === null) return [];
  // A development server's files change by themselves.
  if (!import.meta.env.DEV) void registerWorker().then((registered) => registered && tellLoaded());
  void registerAgain().catch(() => undefined);
  return [
    followLinks(workers, (path) => void goto(path)),
    followTakeovers(workers, () => {
      // Links load their page anew from here on, with the new version's code.
      document.body.setAttribute('data-sveltekit-reload', '');
      app.notices.add({ level: 'info', message: NEW_VERSION });
    }),
  ];
}
