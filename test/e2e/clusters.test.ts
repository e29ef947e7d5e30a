import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { CLUSTERS } from '../harness/clusters.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 45_000, interval: 100 };
const SIZE = { cols: 80, rows: 24 };

let muster: Muster;
let client: MusterClient;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  await signIn(page, muster);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

it('[S14] a grapheme cluster is one character, as wide on the page as for the keeper, live and after a reload', async () => {
  writeFileSync(join(muster.directory, 'clusters'), CLUSTERS.map(([cluster]) => `${cluster}|\n`).join(''));
  const program = ['sh', '-c', 'cat clusters; printf done; exec sleep 1000'] as const;
  await createAgent(client, muster, { agentId: 'clusters', program, terminal: SIZE });
  const mirror = new Mirror(client, 'clusters', SIZE);
  for (const _ of ['live', 'again']) {
    const terminal = await openTerminal(page, muster, 'clusters');
    await vi.waitFor(async () => expect((await screenOf(terminal)).text.join()).toContain('done'), WAIT);
    const shown = await screenOf(terminal);
    await vi.waitFor(async () => expect(await mirror.screen()).toEqual(await screenOf(terminal)), WAIT);
    const columns = await terminal.evaluate((host, count) => {
      const { active } = Reflect.get(host, 'musterTerminal').buffer;
      return Array.from({ length: count }, (_, y) =>
        Array.from({ length: 10 }, (_, x) => active.getLine(y).getCell(x).getChars()).indexOf('|'),
      );
    }, CLUSTERS.length);
    expect(columns.map((width, index) => [CLUSTERS[index]?.[0], width])).toEqual(CLUSTERS);
    expect(shown.cursor).toBe(`4,${CLUSTERS.length}`);
  }
  mirror.close();
});
