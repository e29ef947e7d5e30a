import { readFileSync } from 'node:fs';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createAgent } from '../harness/agents.ts';
import { readCast } from '../harness/asciicast.ts';
import { openBrowser } from '../harness/browser.ts';
import { pageOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOf, screenOfCast } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 30_000, interval: 100 };
const AskedSchema = z.object({ commandId: z.string() });
const TWO_STREAMS = 'echo to-stdout; echo to-stderr >&2; exit 3';
const LONG = 'seq 1 4000';
/** Prints now, after a second, and after six more, not all of it where it stands. */
const DRAWN =
  'printf "\\033[32mone\\033[0m"; sleep 1; printf "\\033[5;9Htwo"; sleep 6; printf "\\033[2;3H\\033[7mthree"';

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await pageOf(browser, muster, { name: 'Grace', role: 'operator' }, { width: 1440, height: 900 });
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** Runs them one after the other; resolves to their ids when all are over. */
async function ran(agentId: string, ...lines: { command: string; interactive?: boolean }[]) {
  await createAgent(client, muster, { agentId, program: ['cat'] });
  const feed = client.open(agentId, { history: 'full' });
  const ids: string[] = [];
  for (const line of lines) {
    const { result } = await client.request('command:request', { agentId, ...line });
    ids.push(AskedSchema.parse(result).commandId);
  }
  await vi.waitFor(() => expect(feed.state?.commands?.ended.length).toBe(lines.length), WAIT);
  feed.close();
  return ids;
}

/** The page of history with as many rows, newest first. */
async function historyOf(agentId: string, rows: number): Promise<Locator> {
  const past = page.getByTestId('past');
  await vi.waitFor(async () => {
    await page.goto(`${muster.url}/history?agent=${agentId}`);
    await past.first().waitFor({ timeout: 2_000 });
    expect(await past.count()).toBe(rows);
    expect(await past.first().innerText()).not.toContain('running');
  }, WAIT);
  return past;
}
const linesOf = async (row: Locator) =>
  (await row.getByTestId('output').innerText()).trim().split(/\s*\n\s*/);

describe('[M17] [B11a] a command of the past', () => {
  it('opens by keyboard and shows what it printed, its streams told apart', async () => {
    await ran('told', { command: TWO_STREAMS });
    const past = await historyOf('told', 1);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await vi.waitFor(async () => expect(await linesOf(past)).toEqual(['to-stdout', 'to-stderr']), WAIT);
    expect(await past.locator('.stderr').innerText()).toBe('to-stderr');
    expect(await past.innerText()).toContain('exit 3');
    expect(await past.getByText('no longer kept').count()).toBe(0);
  });

  it('is read a page at a time, from its beginning, and downloads whole', async () => {
    await ran('long', { command: LONG });
    const past = await historyOf('long', 1);
    await past.getByRole('button').first().click();
    const more = past.getByRole('button', { name: 'Show more' });
    await more.waitFor();
    const first = await linesOf(past);
    expect(first[0]).toBe('1');
    expect(first.length).toBeLessThan(4_000);
    await more.click();
    await vi.waitFor(async () => expect((await linesOf(past)).length).toBe(4_000), WAIT);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      past.getByRole('link', { name: 'Download' }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text.trimEnd().split('\n')).toEqual(Array.from({ length: 4_000 }, (_, index) => `${index + 1}`));
  });

  it('says that its output is gone when its agent is', async () => {
    await ran('gone', { command: 'echo nobody keeps this' });
    await historyOf('gone', 1);
    await client.request('agent:delete', { agentId: 'gone' });
    await vi.waitFor(() => expect(client.agents.some(({ agentId }) => agentId === 'gone')).toBe(false), WAIT);
    const past = await historyOf('gone', 1);
    await past.getByRole('button').first().click();
    expect(await past.getByTestId('gone').innerText()).toBe(
      "The 18 B it printed are gone: its agent's room no longer keeps them.",
    );
  });

  it('plays, seeks both ways and downloads as an asciicast that ends at the screen of its bytes', async () => {
    const [, drawn = ''] = await ran(
      'drawn',
      { command: 'echo before' },
      { command: DRAWN, interactive: true },
    );
    const mirror = new Mirror(client, 'drawn', { cols: 80, rows: 24 }, drawn);
    await vi.waitFor(async () => expect((await mirror.screen()).text.join()).toContain('three'), WAIT);
    const past = await historyOf('drawn', 2);
    await past.first().getByRole('button').first().click();
    await past.first().getByRole('link', { name: 'Play back' }).click();
    await page.locator('[data-testid=playback][data-ready]').waitFor();
    const terminal = page.getByTestId('playback');
    const showsJust = (...words: string[]) =>
      vi.waitFor(async () => {
        const shown = (await screenOf(terminal)).text.join('\n');
        expect(['before', 'one', 'two', 'three'].filter((word) => shown.includes(word))).toEqual(words);
      }, WAIT);
    await showsJust('one');
    await page.getByRole('radio', { name: '10×' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await showsJust('one', 'two', 'three');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect({ ...(await screenOf(terminal)), looks: [] }).toEqual({ ...(await mirror.screen()), looks: [] });
    await page.getByLabel('Position').fill('2000');
    await showsJust('one', 'two');
    await page.locator('h1').click();
    await page.keyboard.press('Home');
    await showsJust('one');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${drawn}.cast`);
    const cast = readCast(readFileSync(await download.path()));
    expect(await screenOfCast(cast)).toEqual(await mirror.screen());
    mirror.close();
  });
});
