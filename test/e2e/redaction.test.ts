import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 30_000, interval: 100 };
const TOKEN = 'qZ-Vexillum-Jumbo-Xylophone';
const SIZE = { cols: 80, rows: 24 };

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(page, muster);
  const program = ['sh', '-c', 'echo "it is [$A_TOKEN]"; exec sleep 1000'] as const;
  const environment = { A_TOKEN: TOKEN, TERM: 'xterm-256color' };
  await createAgent(client, muster, { agentId: 'teller', program, terminal: SIZE, environment });
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

describe('a secret of an agent', () => {
  it('[X7] is masked wherever it is printed, until a person turns that off for the next start', async () => {
    const mirror = new Mirror(client, 'teller', SIZE);
    const shows = (text: string) =>
      vi.waitFor(async () => expect((await mirror.screen()).text.join()).toContain(text), WAIT);
    await shows(`it is [${'*'.repeat(TOKEN.length)}]`);
    await page.goto(`${muster.url}/agents/teller`);
    await page.getByRole('button', { name: 'Details' }).click();
    const mask = page.getByLabel('Mask secrets');
    expect(await mask.isChecked()).toBe(true);
    await mask.uncheck();
    await page.getByText('From its next start on it prints secrets as they are.').waitFor();
    await vi.waitFor(() => expect(mirror.feed.state?.redaction).toBe(false), WAIT);
    await client.request('agent:restart', { agentId: 'teller', force: true });
    await shows(`it is [${TOKEN}]`);
  });
});
