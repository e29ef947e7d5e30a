import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { OpenIdProvider } from '../harness/provider.ts';

let provider: OpenIdProvider;
let directory: string;
let muster: Muster;
let browser: Browser;

beforeAll(async () => {
  provider = await OpenIdProvider.open();
  directory = mkdtempSync(join(tmpdir(), 'muster-test-'));
  const file = join(directory, 'issuers.json');
  writeFileSync(file, JSON.stringify([{ ...provider.setting, newcomers: 'viewer', everyone: true }]));
  [muster, browser] = await Promise.all([
    startMuster({ runner: false, flags: ['--issuers', file] }),
    openBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

describe('[X3b] an issuer’s own page', () => {
  it('signs in a person who comes back from it, with a session like any other', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(muster.url);
    provider.subject = null;
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
    await page.getByRole('alert').getByText('the issuer says access_denied').waitFor();
    expect(page.url()).toBe(`${muster.url}/signin`);

    provider.subject = { sub: '1', name: 'Ida' };
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
    await page.getByText('Connected').first().waitFor();
    expect(page.url()).toBe(`${muster.url}/`);
    await page.getByRole('button', { name: 'Theme and account: Ida' }).waitFor();
    expect(
      await page.evaluate(async () => (await fetch('/api/auth/refresh', { method: 'POST' })).status),
    ).toBe(200);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('[X1] lets in no browser that did not begin there: whoever is sent a link ends up as nobody', async () => {
    const attacker = await (await browser.newContext()).newPage();
    provider.subject = { sub: '2', name: 'Mallory' };
    const sent = Promise.withResolvers<string>();
    await attacker.route('**/authorize?*', async (route) => {
      sent.resolve(route.request().url());
      await route.abort();
    });
    await attacker.goto(`${muster.url}/signin`);
    await attacker.getByRole('button', { name: 'Sign in with Example' }).click();
    const { headers } = await fetch(await sent.promise, { redirect: 'manual' });
    const victim = await (await browser.newContext()).newPage();
    await victim.goto(headers.get('location') ?? '');
    await victim.getByRole('alert').getByText('was not begun here').waitFor();
  });
});
