import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { ConversationApi } from '../harness/conversations.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

let muster: Muster;
let browser: Browser;
let page: Page;
let api: ConversationApi;
beforeAll(async () => {
  muster = await startMuster();
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, muster);
  api = new ConversationApi(muster);
  await api.createAgent('coder');
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** How soon after its end an item is found, ms. */
const FOUND_WITHIN = 4_000;

const MatchesSchema = z.object({
  matches: z.array(z.looseObject({ kind: z.string(), item: z.string(), index: z.number() })),
});
const search = async (text: string) => {
  const { json } = await api.call('GET', `/api/history/search?in=conversation&text=${text}`);
  return MatchesSchema.parse(json).matches;
};

const MessagesSchema = z.object({ messages: z.array(z.unknown()) });
const ExportSchema = z.object({ items: z.array(z.unknown()) });

const open = (conversation: string, query = '') =>
  page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}${query}`);
const menu = async (item: string) => {
  await page.getByTestId('conversation-menu').click();
  await page.getByRole('menuitem', { name: item }).click();
};

describe('the past of conversations', () => {
  it('[C14c] search finds a reply within 4 s of its end, and leads to it', async () => {
    const conversation = await api.create('coder');
    await api.send(conversation, 'a flamingo');
    await api.says(conversation, 'agent: said: a flamingo');
    const from = Date.now();
    const [reply] = await eventually(async () => {
      const found = await search('flamingo');
      expect(found.map(({ item }) => item).sort()).toEqual(['agent', 'user']);
      return found.filter(({ item }) => item === 'agent');
    });
    expect(Date.now() - from).toBeLessThan(FOUND_WITHIN);
    expect(reply).toMatchObject({ kind: 'conversation', conversationId: conversation, agentId: 'coder' });
    await page.goto(`${muster.url}/history?text=flamingo`);
    await page.getByTestId('past-conversation').filter({ hasText: 'said: a flamingo' }).click();
    await page.locator('[data-found]').getByText('said: a flamingo').waitFor();
  });

  it('[C15c] the file is the transcript, from the menu too', async () => {
    const conversation = await api.create('coder');
    for (const said of ['one', 'think', 'diff', 'tool']) await api.send(conversation, said);
    await eventually(async () => {
      const { json } = await api.call('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'idle', queue: [] });
    });
    await api.says(conversation, 'user: tool');
    const path = `/api/conversations/${conversation}`;
    const shown = MessagesSchema.parse((await api.call('GET', `${path}/messages?raw=true&limit=200`)).json);
    const exported = ExportSchema.parse((await api.call('GET', `${path}/export?format=json`)).json);
    expect(exported.items).toEqual(shown.messages);
    await open(conversation);
    await page.getByTestId('conversation-menu').click();
    const downloading = page.waitForEvent('download');
    await page.getByTestId('export-markdown').click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^coder-[\w-]+\.md$/);
    const text = await readFile(await download.path(), 'utf8');
    for (const said of ['> said: one', '```diff', '<summary>Argument and result</summary>'])
      expect(text).toContain(said);
  });

  it('[C2] a conversation is renamed and closed from its menu, by the keyboard', async () => {
    const conversation = await api.create('coder');
    await open(conversation);
    await menu('Rename…');
    await page.getByTestId('conversation-name').fill('Another name');
    await page.keyboard.press('Enter');
    await page.getByTestId('conversation-tab').filter({ hasText: 'Another name' }).waitFor();
    await menu('Close…');
    await page.getByRole('button', { name: 'Keep it open' }).press('Enter');
    await menu('Close…');
    await page.getByRole('button', { name: 'Close conversation' }).click();
    await eventually(async () => {
      const { json } = await api.call('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'ended', title: 'Another name' });
    });
  });

  it('[C12] a message that interrupts ends the turn under way and is answered next', async () => {
    const conversation = await api.create('coder');
    await api.send(conversation, 'slow');
    await open(conversation);
    await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
    await page.getByTestId('message-input').fill('stop that');
    await page.getByRole('button', { name: 'Interrupt and send' }).click();
    await api.says(conversation, 'agent: said: stop that');
  });
});
