import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { ForeignSite } from '../harness/foreign-site.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { openClient } from '../harness/viewer.ts';

const PAGES = [
  ...['/', '/signin', '/join', '/wall', '/new', '/history', '/audit'],
  ...['/team', '/team/hosts', '/team/tokens', '/team/passkeys', '/team/devices', '/team/notifications'],
];
const FILES = [
  ...['/favicon.svg', '/manifest.webmanifest', '/_app/version.json'],
  ...['/service-worker.js', '/icons/icon-192.png'],
];
const DRAWN = ['/agents/shell', '/nothing'];
const NEITHER = ['/_app/nothing.js', '/_app/immutable/nothing.js', '/ws', '/ws/dashboard', '/api/nothing'];
const DATA = ['/api/health', '/api/agents', '/api/docs', '/api/openapi.json', '/api/agents/shell/recording'];

let muster: Muster;
let browser: Browser;
beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  const client = openClient(muster);
  await hostIsOnline(client);
  await createAgent(client, muster, {
    agentId: 'shell',
    program: ['sh'],
    terminal: { cols: 80, rows: 24 },
  });
  client.close();
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const get = (path: string) =>
  fetch(muster.url + path, { headers: { authorization: `Bearer ${muster.token}` } });

/** The browser's refusals and console messages on this page. */
function violationsOf(page: Page): string[] {
  const found: string[] = [];
  page.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) found.push(message.text());
  });
  page.on('pageerror', (error) => found.push(error.message));
  return found;
}

describe('[X12] headers', () => {
  it.each([...PAGES, ...FILES, ...DRAWN, ...NEITHER, ...DATA])(
    '%s may be framed nowhere, guessed by nobody, and says nowhere where one came from',
    async (path) => {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  it.each([...PAGES, ...DRAWN])('%s runs no script but ours', async (path) => {
    const answer = await get(path);
    const html = await answer.text();
    const [, inPage] = /<meta http-equiv="content-security-policy" content="([^"]+)"/.exec(html) ?? [];
    const policy = inPage ?? answer.headers.get('content-security-policy') ?? '';
    const scripts = policy.split(';').find((part) => part.trim().startsWith('script-src')) ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(scripts).toContain("'self'");
    expect(scripts).not.toContain('unsafe');
  });

  it('every page lives under its policy, also when the browser has it already and is told that it is as it was', async () => {
    const page = await (await browser.newContext()).newPage();
    const found = violationsOf(page);
    await signIn(page, muster);
    for (const path of [...PAGES, ...DRAWN]) {
      await page.goto(muster.url + path);
      await page.goto(muster.url + path);
      await page.locator('main').waitFor();
    }
    const terminal = await openTerminal(page, muster, 'shell');
    await terminal.click();
    await page.keyboard.type('echo "so""me"\n');
    await page.getByText('some', { exact: true }).first().waitFor();
    expect(found).toEqual([]);
  });

  it('a script that got into a page does not run', async () => {
    const page = await (await browser.newContext()).newPage();
    const found = violationsOf(page);
    await page.goto(`${muster.url}/signin`);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken"';
      document.body.append(script);
      document.body.insertAdjacentHTML(
        'beforeend',
        '<img src="data:," onerror="document.title = \'taken\'">',
      );
    });
    await eventually(() => expect(found.length).toBeGreaterThanOrEqual(2));
    expect(await page.title()).not.toBe('taken');
  });

  it('no other page can frame it', async () => {
    const page = await (await browser.newContext()).newPage();
    const found = violationsOf(page);
    await using stranger = await ForeignSite.open(`<iframe src="${muster.url}/signin"></iframe>`);
    await page.goto(stranger.urlAt('127.0.0.1'));
    await eventually(() => expect(found.join()).toContain('frame-ancestors'));
  });
});
