import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { seriousFindings } from '../harness/axe.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { openClient } from '../harness/viewer.ts';

/** An address of each page, by its route; what is there once it is ready. */
const PAGES: Readonly<Record<string, { readonly path: string; readonly ready: string }>> = {
  '/': { path: '/', ready: '[data-testid=agent-shell]' },
  '/agents/[agentId]': { path: '/agents/shell', ready: '[data-testid=terminal][data-ready]' },
  '/agents/[agentId]/policy': { path: '/agents/shell/policy', ready: '[data-testid=policy] h1' },
  '/agents/[agentId]/recording': { path: '/agents/shell/recording', ready: 'h1' },
  '/audit': { path: '/audit', ready: 'main ol li' },
  '/commands/[commandId]': { path: '/commands/', ready: 'h1' },
  '/history': { path: '/history', ready: '[data-testid=past]' },
  '/join': { path: '/join#code=x', ready: 'h1' },
  '/new': { path: '/new', ready: '#program' },
  '/signin': { path: '/signin', ready: '[data-testid=signed-out]' },
  '/team': { path: '/team', ready: '[aria-label=Members]' },
  '/team/devices': { path: '/team/devices', ready: '[data-testid=device]' },
  '/team/hosts': { path: '/team/hosts', ready: '[data-testid=team-host]' },
  '/team/notifications': { path: '/team/notifications', ready: '[data-testid=this-device][data-state]' },
  '/team/passkeys': { path: '/team/passkeys', ready: 'h1' },
  '/team/tokens': { path: '/team/tokens', ready: 'h1' },
  '/wall': { path: '/wall?agents=shell', ready: '[data-testid=tile-shell] [data-ready]' },
};
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const ROUTES = join(PROJECT, 'dashboard', 'src', 'routes');
const routes = globSync('**/+page.svelte', { cwd: ROUTES }).map(
  (file) => `/${file.replace(/\/?\+page\.svelte$/, '')}`,
);

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let commandId = '';

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  await createAgent(client, muster, {
    agentId: 'shell',
    program: ['bash', '--norc'],
    terminal: { cols: 80, rows: 24 },
  });
  const ack = await client.request('command:request', { agentId: 'shell', command: 'echo done' });
  commandId = String(ack.result?.['commandId']);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function everySize(act: (context: BrowserContext, name: string) => Promise<void>): Promise<void> {
  const first = await browser.newContext();
  await signIn(await first.newPage(), muster);
  const storageState = await first.storageState();
  await first.close();
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ storageState, viewport, colorScheme });
      await act(context, `${size}, ${colorScheme}`);
      await context.close();
    }
}

describe('[B12] every page', () => {
  it('is known here: a new one is looked at as all others are', () => {
    expect(Object.keys(PAGES).sort()).toEqual(routes.sort());
  });

  it('has a first heading, names for its controls and nothing serious to mend, in both themes and sizes', async () => {
    const found: string[] = [];
    await everySize(async (context, name) => {
      const page = await context.newPage();
      for (const [route, { path, ready }] of Object.entries(PAGES)) {
        await page.goto(muster.url + (route === '/commands/[commandId]' ? path + commandId : path));
        await page.locator(ready).first().waitFor();
        const headings = await page.locator('h1').count();
        if (headings !== 1) found.push(`${route}, ${name}: ${headings} first headings`);
        for (const finding of await seriousFindings(page)) found.push(`${route}, ${name}: ${finding}`);
      }
      await page.close();
    });
    expect(found).toEqual([]);
  }, 300_000);
});
