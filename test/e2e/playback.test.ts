import { readFileSync } from 'node:fs';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { readCast } from '../harness/asciicast.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOf, screenOfCast } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 30_000, interval: 100 };
const SIZE = { cols: 80, rows: 24 };
/** Prints now, after a second, and after six more. */
const PROGRAM =
  'printf "\\033[32mone\\033[0m\\n"; sleep 1; printf "two\\n"; sleep 6; printf "three 🦊\\n"; exec sleep 1000';

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;
let terminal: Locator;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(page, muster);
  await createAgent(client, muster, {
    agentId: 'played',
    program: ['bash', '-c', PROGRAM],
    terminal: SIZE,
    environment: { LANG: 'C.UTF-8', TERM: 'xterm-256color' },
  });
  terminal = page.locator('[data-testid=playback]');
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const text = async () => (await screenOf(terminal)).text.join('\n');
const showsJust = (...words: string[]) =>
  vi.waitFor(async () => {
    const shown = await text();
    expect(['one', 'two', 'three'].filter((word) => shown.includes(word))).toEqual(words);
  }, WAIT);

describe('a recording on the page', () => {
  it('[S5] is turned on where the agent is shown', async () => {
    await page.goto(`${muster.url}/agents/played`);
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByLabel('Record what it prints').check();
    await page.getByText('Kept to play back and to download.').waitFor();
    const feed = client.open('played', { history: 'full' });
    await vi.waitFor(() => expect(feed.state?.recording).toBe(true), WAIT);
    feed.close();
  });

  it('[B11] plays, seeks both ways and downloads what the live screen showed', async () => {
    const mirror = new Mirror(client, 'played', SIZE);
    await vi.waitFor(async () => expect((await mirror.screen()).text.join()).toContain('three'), WAIT);
    await page.getByRole('link', { name: 'Play back' }).click();
    await page.locator('[data-testid=playback][data-ready]').waitFor();
    await showsJust('one');
    const position = page.getByLabel('Position');
    await page.getByRole('radio', { name: '10×' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await showsJust('one', 'two', 'three');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect({ ...(await screenOf(terminal)), looks: [] }).toEqual({ ...(await mirror.screen()), looks: [] });
    await position.fill('2000');
    await showsJust('one', 'two');
    await position.fill('0');
    await showsJust('one');
    // At ten times its speed it would be over before anyone could see it play.
    await page.getByRole('radio', { name: '0.5×' }).click();
    await page.locator('h1').click();
    await page.keyboard.press('ArrowRight');
    await showsJust('one', 'two');
    await page.keyboard.press('End');
    await showsJust('one', 'two', 'three');
    await page.keyboard.press('Home');
    await showsJust('one');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('played.cast');
    const cast = readCast(readFileSync(await download.path()));
    expect(await screenOfCast(cast)).toEqual(await mirror.screen());
    mirror.close();
  });
});
