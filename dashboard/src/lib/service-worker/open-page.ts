import { ownAddress } from './notification.ts';
import type { PageClient, WorkerScope } from './scope.ts';

/** ms in which an open page says that it goes there. A frozen one does not, and a new one opens. */
const REPLY_MS = 1_000;

/** Shows an address of ours: in the page that has it, else in an open one, else in a new one. */
export async function openPage(scope: WorkerScope, url: string): Promise<void> {
  const address = ownAddress(url, scope.location.origin);
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = pages.find((page) => page.url === address);
  const page = there ?? pages.find(({ visibilityState }) => visibilityState === 'visible') ?? pages[0];
  if (page !== undefined) {
    const focused = await page.focus().then(
      () => true,
      () => false,
    );
    if (focused && (there !== undefined || (await goes(scope, page, address)))) return;
  }
  await scope.clients.openWindow(address);
}

function goes(scope: WorkerScope, page: PageClient, url: string): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(true);
    scope.setTimeout(() => resolve(false), REPLY_MS);
    page.postMessage({ type: 'muster:open', url }, [port2]);
  });
}
