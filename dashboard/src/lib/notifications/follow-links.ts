import * as z from 'zod';

const OpenSchema = z.object({ type: z.literal('muster:open'), url: z.url() });

/** Goes where a pressed notification leads, and says so to the worker that asks. */
export function followLinks(workers: ServiceWorkerContainer, go: (path: string) => void): () => void {
  const asked = (event: MessageEvent) => {
    const open = OpenSchema.safeParse(event.data);
    if (!open.success) return;
    const { origin, pathname, search, hash } = new URL(open.data.url);
    if (origin !== location.origin) return;
    event.ports[0]?.postMessage('going');
    go(pathname + search + hash);
  };
  workers.addEventListener('message', asked);
  workers.startMessages();
  return () => workers.removeEventListener('message', asked);
}
