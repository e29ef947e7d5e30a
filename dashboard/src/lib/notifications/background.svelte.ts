import { goto } from '$app/navigation';
import { page } from '$app/state';
import type { App } from '../connection/app.svelte.ts';
import { pageFocus } from '../page-focus.ts';
import { showCount } from './favicon.ts';
import { followLinks } from './follow-links.ts';
import { registerAgain, unsubscribe } from './register-again.ts';
import { registerWorker, sendLoaded } from './register-worker.ts';
import { reportFocus } from './report-focus.svelte.ts';
import { isSoundOn, playTone } from './sound.ts';
import { followTakeover } from './takeover.ts';

const NEW_VERSION = 'There is a new version of Muster. The next page that you open is of it.';

/** What a page does beside what it shows: the count on its icon, the tone, and its service worker. */
export function startBackground(app: App, takeover: Promise<unknown>): () => void {
  const stopCount = $effect.root(() => {
    let before = app.waitingForMe;
    $effect(() => {
      const count = app.waitingForMe;
      showCount(count);
      if (count > before && isSoundOn()) void playTone().catch(() => undefined);
      before = count;
    });
  });
  const stops = [stopCount, followWorker(app.member?.id ?? null), followFocus(app)];
  void followTakeover(takeover, () => {
    // Links load their page anew from here on, with the new version's code.
    document.body.setAttribute('data-sveltekit-reload', '');
    app.notices.add({ level: 'info', message: NEW_VERSION });
  });
  return () => {
    for (const stop of stops) stop();
    showCount(0);
    if (app.signIn === 'out') void unsubscribe();
  };
}

function followFocus(app: App): () => void {
  if (app.client === null) return () => undefined;
  const shown = () => {
    const { agentId } = page.params;
    return app.agents.find((agent) => agent.agentId === agentId)?.agentId ?? null;
  };
  return reportFocus(app.client, () => ({
    agentId: shown(),
    visible: pageFocus.isHeld,
    connected: app.reachable,
  }));
}

function followWorker(memberId: string | null): () => void {
  if (!('serviceWorker' in navigator)) return () => undefined;
  // A development server's files change by themselves.
  if (!import.meta.env.DEV) void registerWorker().then((registered) => registered && sendLoaded());
  if (memberId !== null) void registerAgain(memberId).catch(() => undefined);
  return followLinks(navigator.serviceWorker, (path) => void goto(path));
}
