import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import type { Muster } from './muster.ts';
import { keepJournal } from './page-journal.ts';

/** A headless Chromium: the one `npm test` chose, or this machine's. Use with `await using`. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env['MUSTER_CHROMIUM'] ?? ensureTools().path;
  // Chromium refuses its sandbox to root, which is who containers run as.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  browser.on('context', keepJournal);
  const newContext = browser.newContext.bind(browser);
  // Tests see each request of a page, and each visit as a first one; those of the service worker allow it.
  browser.newContext = (options) => newContext({ serviceWorkers: 'block', ...options });
  return browser;
}

/** Follows the one-time link until the page it leads to is there. */
export async function signIn(page: Page, muster: Muster): Promise<void> {
  await page.goto(muster.ready.loginUrl);
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
}
