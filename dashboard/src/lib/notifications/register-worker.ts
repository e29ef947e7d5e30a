const PATH = '/service-worker.js';

/** Null where the browser has no service workers, as without HTTPS, or may not start ours. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator)) return null;
  // `npm run dev` serves its source, which has imports.
  const type = import.meta.env.DEV ? 'module' : 'classic';
  return navigator.serviceWorker.register(PATH, { type, updateViaCache: 'none' }).catch(() => null);
}

/** Built files that this page has loaded. */
const loadedFiles = (): readonly string[] =>
  performance
    .getEntriesByType('resource')
    .map(({ name }) => name)
    .filter((name) => name.includes('/_app/immutable/'));

/** F16: sends a worker that came after them the files that the next visit needs. */
export async function sendLoaded(): Promise<void> {
  if (navigator.serviceWorker.controller !== null) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ type: 'muster:loaded', files: loadedFiles() });
}
