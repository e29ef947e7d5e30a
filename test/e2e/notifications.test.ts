import { join } from 'node:path';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';

const ManifestSchema = z.object({
  start_url: z.string(),
  scope: z.string(),
  display: z.string(),
  icons: z.array(z.object({ src: z.string(), sizes: z.string(), type: z.string(), purpose: z.string() })),
});
const AGENT = join(PROJECT, 'agent-runner', 'test', 'support', 'acp-agent.ts');
const CreatedSchema = z.object({ conversationId: z.string() });
/** Bytes of a PNG's head that hold its width and height. */
const WIDTH_AT = 16;

let muster: Muster;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
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

/** Presses a button of the notification that shows, as a person does. The browser's own event cannot be made here. */
const press = (action: string) =>
  eventually(async () => {
    const [worker] = context.serviceWorkers();
    if (worker === undefined) throw new Error('no service worker runs');
    await worker.evaluate(async (pressed) => {
      const registration: ServiceWorkerRegistration = Reflect.get(self, 'registration');
      const [notification] = await registration.getNotifications({ tag: 'asked' });
      if (notification === undefined) throw new Error('nothing shows');
      let work: unknown;
      const event = Object.assign(new Event('notificationclick'), {
        action: pressed,
        notification,
        waitUntil: (promise: unknown) => {
          work = promise;
        },
      });
      self.dispatchEvent(event);
      await work;
    }, action);
  });

const api = (path: string, body: object) =>
  fetch(muster.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

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

describe('[C10] a button of a notification', () => {
  const asked = {
    kind: 'request',
    title: 'shell asks',
    body: 'Bash: npm test',
    tag: 'asked',
    url: '/agents/shell',
    actions: [
      { action: 'once', title: 'Allow', token: 'token-of-once' },
      { action: 'reject', title: 'Deny', token: 'token-of-reject' },
    ],
  };

  it.each([
    [200, 'Answered: Deny.'],
    [409, 'This was answered already.'],
    [401, 'This button no longer works. Open Muster to answer.'],
    [0, 'Muster could not be reached. Open it to answer.'],
  ])('that the server answers with %i shows: %s', async (status, words) => {
    const bodies: unknown[] = [];
    await context.route('**/api/push/act', (route) => {
      bodies.push(route.request().postDataJSON());
      return status === 0 ? route.abort() : route.fulfill({ status, json: {} });
    });
    const service = await PushService.open(context, page);
    await service.deliver(JSON.stringify(asked));
    await eventually(async () =>
      expect(await shown()).toContainEqual({ title: asked.title, body: asked.body, tag: 'asked' }),
    );
    await press('reject');
    expect(await shown()).toContainEqual({ title: asked.title, body: words, tag: 'asked' });
    expect(bodies).toEqual([{ token: 'token-of-reject', optionId: 'reject' }]);
    await context.unroute('**/api/push/act');
  });
});

describe('[C7] what waits for this person', () => {
  it('is counted in the title and on the icon of each page', async () => {
    await page.goto(`${muster.url}/history`);
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    await eventually(async () => expect(await page.title()).toBe('History · Muster'));
    expect(await icon()).toMatch(/favicon\.svg$/);
    const agent = await api('/api/agents', {
      name: 'coder',
      kind: 'acp',
      program: { command: process.execPath, args: [AGENT] },
      workspace: muster.directory,
      environment: { [TAG]: muster.tag },
    });
    expect(agent.status).toBe(201);
    const created = await api('/api/agents/coder/conversations', {});
    const { conversationId } = CreatedSchema.parse(await created.json());
    await api(`/api/conversations/${conversationId}/messages`, { content: 'ask' });
    await eventually(async () => expect(await page.title()).toBe('(1) History · Muster'));
    await eventually(async () => expect(await icon()).toMatch(/^data:image\/svg\+xml,/));
    await api(`/api/conversations/${conversationId}/cancel`, {});
    await eventually(async () => expect(await page.title()).toBe('History · Muster'));
    await eventually(async () => expect(await icon()).toMatch(/favicon\.svg$/));
  });
});

describe('[C10] the page of notifications', () => {
  it('says so where the browser blocks them, and how to allow them', async () => {
    const blocked = await browser.newContext({ storageState: await context.storageState() });
    const other = await blocked.newPage();
    await other.addInitScript(() =>
      Object.defineProperty(Notification, 'permission', { get: () => 'denied' }),
    );
    await other.goto(`${muster.url}/team/notifications`);
    const device = other.getByTestId('this-device');
    await device.getByText('The browser blocks notifications of this site').waitFor();
    await device.getByText('allow notifications and reload this page').waitFor();
    expect(await device.getByRole('button').count()).toBe(0);
    await blocked.close();
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
    expect(kept.filter((path) => /^\/(?:api|ws|signin|join)(?:\/|$)/.test(path))).toEqual([]);
  });

  it('says that a new version took over, where somebody uses the page, and loads it with the next page', async () => {
    const other = await browser.newContext({
      serviceWorkers: 'allow',
      storageState: await context.storageState(),
    });
    const used = await other.newPage();
    await used.goto(muster.url);
    await isActive(used);
    await used.reload();
    await used.getByRole('link', { name: 'History' }).first().click();
    await used.evaluate(async () => {
      Reflect.set(window, 'isOld', true);
      // To a browser, a script at another address is another version.
      await navigator.serviceWorker.register('/service-worker.js?next');
    });
    await used.getByText('There is a new version of Muster.').waitFor();
    await used.getByRole('link', { name: 'Wall' }).first().click();
    await used.waitForURL('**/wall');
    await eventually(async () => expect(await used.evaluate(() => Reflect.has(window, 'isOld'))).toBe(false));
    await other.close();
  });
});
