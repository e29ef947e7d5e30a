import type { AgentFeed, MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentIs, createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { openClient } from '../harness/viewer.ts';

const SIZE = { cols: 80, rows: 24 };
/** Notifies whenever it is typed to. */
const ASKS = 'while read line; do printf \'\\033]777;notify;Codex;Approve %s?\\007\\007\' "$line"; done';

let muster: Muster;
let client: MusterClient;
let feed: AgentFeed;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext()).newPage();
  await signIn(page, muster);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

describe('[C13] a program that notifies', () => {
  it('needs somebody, as its row says, until they open its page', async () => {
    await createAgent(client, muster, { agentId: 'asks', program: ['/bin/sh', '-c', ASKS], terminal: SIZE });
    feed = client.open('asks', { history: 'full' });
    await page.goto(`${muster.url}/`);
    const row = page.getByTestId('agent-asks');
    await row.waitFor();
    feed.input('make\n');
    await agentIs(client, 'asks', ({ attention }) => attention?.text === 'Codex: Approve make?');
    await expect.poll(() => row.getByTestId('needs').textContent()).toBe('Needs you: Codex: Approve make?');
    await openTerminal(page, muster, 'asks');
    await agentIs(client, 'asks', ({ attention }) => attention === undefined);
    await page.goto(`${muster.url}/`);
    await row.getByText('Running').waitFor();
  });

  it('is answered by what somebody types', async () => {
    feed.input('one\n');
    await agentIs(client, 'asks', ({ attention }) => attention?.text === 'Codex: Approve one?');
    feed.input('x');
    await agentIs(client, 'asks', ({ attention }) => attention === undefined);
  });
});
