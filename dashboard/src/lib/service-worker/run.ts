import * as z from 'zod/mini';
import { answerBy, noticeOf } from './answer.ts';
import { policyFor } from './cache-policy.ts';
import { keptData, notificationOf } from './notification.ts';
import { openPage } from './open-page.ts';
import { PageCache } from './page-cache.ts';
import { resubscribe } from './resubscribe.ts';
import type { WorkerScope } from './scope.ts';

/** Files that a page names at most: browsers record 250. */
const MOST_FILES = 250;
const LoadedSchema = z.object({
  type: z.literal('muster:loaded'),
  files: z.array(z.url()).check(z.maxLength(MOST_FILES)),
});

/** Everything the worker does, by what wakes it. */
export function runServiceWorker(scope: WorkerScope, version: string): void {
  const cache = new PageCache(scope, version);
  // A new version takes over at once: its pages load its own files, and open ones are told (takeover.ts).
  scope.addEventListener('install', (event) => event.waitUntil(cache.fill().then(() => scope.skipWaiting())));
  scope.addEventListener('activate', (event) => event.waitUntil(cache.deleteOutdated()));
  scope.addEventListener('fetch', (event) => {
    const policy = policyFor(event.request, scope.location.origin);
    if (policy === 'file') event.respondWith(cache.file(event.request));
    if (policy !== 'shell') return;
    const shell = cache.shell(event.request);
    event.respondWith(shell.then(({ answer }) => answer));
    event.waitUntil(shell.then(({ kept }) => kept).catch(() => undefined));
  });
  scope.addEventListener('message', (event) => {
    const loaded = LoadedSchema.safeParse(event.data);
    if (loaded.success) event.waitUntil(cache.keepLoaded(loaded.data.files));
  });
  scope.addEventListener('push', (event) => event.waitUntil(show(scope, event.data?.text() ?? null)));
  scope.addEventListener('notificationclick', (event) =>
    event.waitUntil(press(scope, event.action, event.notification)),
  );
  scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(resubscribe(scope, event)));
}

async function show(scope: WorkerScope, text: string | null): Promise<void> {
  const { title, options, badge } = notificationOf(text);
  await scope.registration.showNotification(title, options);
  if (badge !== null) await scope.navigator.setAppBadge?.(badge).catch(() => undefined);
}

async function press(scope: WorkerScope, action: string, notification: Notification): Promise<void> {
  const { url, actions } = keptData(notification.data);
  const pressed = actions.find((one) => one.action === action);
  notification.close();
  if (pressed === undefined) return openPage(scope, url);
  const outcome = await answerBy(scope, pressed);
  await scope.registration.showNotification(notification.title, noticeOf(outcome, pressed, notification));
}
