import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { shows, stateOf } from '../harness/page-actions.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const CHUNKS = join(PROJECT, 'dashboard', '.svelte-kit', 'cloudflare', '_app', 'immutable', 'chunks');

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let cookies: Awaited<ReturnType<BrowserContext['cookies']>>;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  const first = await browser.newContext();
  await signIn(await first.newPage(), muster);
  cookies = await first.cookies();
  await first.close();
  await createAgent(client, muster, {
    agentId: 'shell',
    program: ['sh', '-c', 'echo find-me; exec cat'],
    terminal: { cols: 80, rows: 24 },
  });
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** Opens a signed-in page that has nothing in its cache. */
async function firstVisit(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies(cookies);
  return context.newPage();
}
/** Names of the files that a page requested, in order. */
function requestsOf(page: Page): string[] {
  const names: string[] = [];
  page.on('request', (request) => names.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''));
  return names;
}
/** The built file that contains the text. */
function chunkWith(text: string): string {
  const found = readdirSync(CHUNKS).filter(
    (name) => name.endsWith('.js') && readFileSync(join(CHUNKS, name), 'utf8').includes(text),
  );
  expect(found).toHaveLength(1);
  return found[0] as string;
}
const fontOf = (page: Page) => page.evaluate(() => document.documentElement.dataset['font'] ?? 'system');
const isFont = (name: string) => name.endsWith('.woff2');

describe('[F16] a first visit', () => {
  it('shows the list before it loads the font, and later visits have the font at once', async () => {
    const page = await firstVisit();
    const requests = requestsOf(page);
    const gate = Promise.withResolvers<void>();
    await page.routeWebSocket(/\/ws\/dashboard/, async (socket) => {
      await gate.promise;
      socket.connectToServer();
    });
    await page.goto(muster.url, { waitUntil: 'networkidle' });
    expect(requests.filter(isFont)).toEqual([]);
    expect(await fontOf(page)).toBe('system');
    gate.resolve();
    await page.getByTestId('agent-shell').waitFor();
    await vi.waitFor(async () => expect(await fontOf(page)).toBe('own'), WAIT);
    expect(requests.filter(isFont)).toHaveLength(1);
    await page.goto(`${muster.url}/history`, { waitUntil: 'commit' });
    expect(await fontOf(page)).toBe('own');
    await page.context().close();
  });

  it('loads the code of the terminal before its font', async () => {
    const page = await firstVisit();
    const requests = requestsOf(page);
    await shows(await openTerminal(page, muster, 'shell'), 'find-me');
    await vi.waitFor(
      () => expect(requests.some((name) => name.startsWith('JetBrainsMono'))).toBe(true),
      WAIT,
    );
    const code = requests.indexOf(chunkWith('xterm-helper-textarea'));
    expect(code).toBeGreaterThanOrEqual(0);
    expect(requests.findIndex(isFont)).toBeGreaterThan(code);
    await page.context().close();
  });
});

describe('a font that loads late', () => {
  it('fits the program again, where this page sizes it', async () => {
    const page = await firstVisit();
    const gate = Promise.withResolvers<void>();
    await page.route('**/JetBrainsMono*', async (route) => {
      await gate.promise;
      await route.continue();
    });
    const terminal = await openTerminal(page, muster, 'shell');
    await vi.waitFor(async () => expect((await stateOf(terminal)).size).not.toBe('80x24'), WAIT);
    const { size } = await stateOf(terminal);
    gate.resolve();
    await vi.waitFor(async () => expect((await stateOf(terminal)).size).not.toBe(size), WAIT);
    expect(await page.getByText('scaled', { exact: true }).count()).toBe(0);
    await page.context().close();
  });
});

describe('code that loads on demand', () => {
  it('reports that it cannot load, and loads at the next attempt', async () => {
    const page = await firstVisit();
    const dialog = chunkWith('delete-name');
    await page.route(`**/${dialog}`, (route) => route.abort());
    await openTerminal(page, muster, 'shell');
    await page.getByRole('button', { name: 'Details' }).click();
    const remove = page.getByRole('button', { name: 'Delete…' });
    await remove.click();
    await page
      .getByText('This could not load: the server cannot be reached. Try again in a moment.')
      .waitFor();
    await page.unroute(`**/${dialog}`);
    await remove.click();
    await page.getByLabel('Type shell to confirm').waitFor();
    await page.context().close();
  });

  it('searches the terminal, once it could load', async () => {
    const page = await firstVisit();
    const search = chunkWith('findPreviousWithSelection');
    await page.route(`**/${search}`, (route) => route.abort());
    await shows(await openTerminal(page, muster, 'shell'), 'find-me');
    await page.keyboard.press('Control+Shift+F');
    const field = page.getByRole('textbox', { name: 'Find in terminal' });
    await field.fill('find');
    const hits = page.getByRole('search').getByRole('status');
    await hits.getByText('Search could not load. Press Enter to try again.').waitFor();
    await page.unroute(`**/${search}`);
    await field.press('Enter');
    await hits.getByText('1 of 1').waitFor();
    await field.press('Escape');
    await field.waitFor({ state: 'detached' });
    await page.context().close();
  });
});
