import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';

let muster: Muster;
let browser: Browser;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster({ runner: false }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const newPage = async () => (await browser.newContext()).newPage();

function freshLink(): string {
  const script = join(PROJECT, 'scripts', 'link.mjs');
  return execFileSync(process.execPath, [script, '--data', muster.data], { encoding: 'utf8' }).trim();
}

describe('signing in', () => {
  it('[X3] by the printed link leads to the agents, connected', async () => {
    const page = await newPage();
    await signIn(page, muster);
    await page.getByText('Connected').first().waitFor();
    expect(await page.title()).toContain('Muster');
    expect(page.url()).not.toContain('code=');
  });

  it('[X3] works once by one link, and again by a fresh one', async () => {
    const link = freshLink();
    const first = await newPage();
    await first.goto(link);
    await first.getByText('Connected').first().waitFor();
    const second = await newPage();
    const refused = second.waitForResponse((response) => response.url().endsWith('/api/auth/exchange'));
    await second.goto(link);
    expect((await refused).status()).toBe(401);
    const third = await newPage();
    await third.goto(freshLink());
    await third.getByText('Connected').first().waitFor();
  });

  it('[X3] takes a fresh link pasted into the tab where the old one was refused', async () => {
    const page = await newPage();
    await page.goto(`${muster.url}/signin#code=old`);
    await page
      .getByRole('alert')
      .or(page.getByText(/sign-in link|expired|not valid|used/i))
      .first()
      .waitFor();
    await page.goto(freshLink());
    await page.getByText('Connected').first().waitFor();
  });

  it('[X3] keeps its cookies from scripts', async () => {
    const page = await newPage();
    await page.goto(freshLink());
    await page.getByText('Connected').first().waitFor();
    const cookies = await page.context().cookies();
    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === 'Strict')).toBe(true);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });
});
