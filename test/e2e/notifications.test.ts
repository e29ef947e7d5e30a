import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

const ManifestSchema = z.object({
  start_url: z.string(),
  scope: z.string(),
  display: z.string(),
  icons: z.array(z.object({ src: z.string(), sizes: z.string(), type: z.string(), purpose: z.string() })),
});
/** Bytes of a PNG's head that hold its width and height. */
const WIDTH_AT = 16;

let muster: Muster;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster({ runner: false }), openBrowser()]);
  context = await browser.newContext({ serviceWorkers: 'allow', permissions: ['notifications'] });
  page = await context.newPage();
  await signIn(page, muster);
  await isActive(page);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** Resolves once the page's service worker is there, with all it keeps at first. */
async function isActive(page: Page): Promise<void> {
  await eventually(async () =>
    expect(
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state),
    ).toBe('activated'),
  );
}

/** Delivers pushes to the page's service worker, as the browser's push service does. */
class PushService {
  readonly #session: CDPSession;
  readonly #registrationId: string;

  private constructor(session: CDPSession, registrationId: string) {
    this.#session = session;
    this.#registrationId = registrationId;
  }

  static async open(context: BrowserContext, page: Page): Promise<PushService> {
    const session = await context.newCDPSession(page);
    const registered = Promise.withResolvers<string>();
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first !== undefined) registered.resolve(first.registrationId);
    });
    await session.send('ServiceWorker.enable');
    return new PushService(session, await registered.promise);
  }

  async deliver(data: string): Promise<void> {
    await this.#session.send('ServiceWorker.deliverPushMessage', {
      origin: muster.url,
      registrationId: this.#registrationId,
      data,
    });
  }
}

/** The notifications that show, with the words of each. */
const shown = () =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const notifications = (await registration?.getNotifications()) ?? [];
    return notifications.map(({ title, body, tag }) => ({ title, body, tag }));
  });

describe('[C10] a push', () => {
  it('shows its notification, and one that cannot be read shows something too', async () => {
    const service = await PushService.open(context, page);
    await service.deliver(
      JSON.stringify({
        title: 'shell asks',
        body: 'Bash: npm test',
        tag: 'p1',
        url: '/agents/shell',
        actions: [],
      }),
    );
    await eventually(async () =>
      expect(await shown()).toEqual([{ title: 'shell asks', body: 'Bash: npm test', tag: 'p1' }]),
    );
    await service.deliver('garbage');
    await eventually(async () =>
      expect(await shown()).toContainEqual({
        title: 'Muster',
        body: 'Something happened. Open Muster to see it.',
        tag: '',
      }),
    );
  });
});

describe('the installable page', () => {
  it('has a manifest that a browser accepts, and icons of the sizes it names', async () => {
    const session = await context.newCDPSession(page);
    const { errors } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
      [],
    );
    const answer = await fetch(`${muster.url}/manifest.webmanifest`);
    const manifest = ManifestSchema.parse(await answer.json());
    expect(manifest).toMatchObject({ start_url: '/', scope: '/', display: 'standalone' });
    for (const { src, sizes } of manifest.icons.filter(({ type }) => type === 'image/png')) {
      const icon = await fetch(muster.url + src);
      expect(icon.headers.get('content-type')).toBe('image/png');
      const head = new DataView(await icon.arrayBuffer());
      expect(`${head.getUint32(WIDTH_AT)}x${head.getUint32(WIDTH_AT + 4)}`).toBe(sizes);
    }
  });
});

describe('[F16] a second visit', () => {
  it('loads no built file from the server, and shows the page while the server is away', async () => {
    const files: string[] = [];
    const record = (request: { url(): string; serviceWorker(): unknown }) => {
      if (request.serviceWorker() !== null && request.url().includes('/_app/immutable/'))
        files.push(request.url());
    };
    context.on('request', record);
    await page.goto(muster.url);
    await page.getByRole('navigation', { name: 'Pages' }).first().waitFor();
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    context.off('request', record);
    expect(files).toEqual([]);
    await muster.stop();
    await page.goto(muster.url);
    await page.getByRole('navigation', { name: 'Pages' }).first().waitFor();
    expect(await page.locator('main').count()).toBe(1);
    await muster.start();
  });

  it('keeps nothing that a sign-in decides', async () => {
    await page.goto(muster.url);
    const kept = await page.evaluate(async () => {
      const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)));
      const requests = await Promise.all(caches.map((cache) => cache.keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.filter((path) => !path.startsWith('/_app/immutable/') && path !== '/')).toEqual([]);
  });
});
