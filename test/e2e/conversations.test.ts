import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('a conversation with a coding agent', () => {
  it('[C12] [C14] [C16] a message by REST becomes a turn, and its items are the conversation', async () => {
    const conversation = await api.create('coder');
    expect(await api.send(conversation, 'hello there')).toMatchObject({
      status: 202,
      json: { messageId: expect.any(String), position: expect.any(Number) },
    });
    await api.says(conversation, 'agent: said: hello there');
    expect(await api.texts(conversation)).toEqual(['user: hello there', 'agent: said: hello there']);
  });

  it('[C7] the first answer to a permission wins, the second is told, a wrong digest is refused', async () => {
    const conversation = await api.create('coder');
    await api.send(conversation, 'ask');
    const { permissionId, digest } = await api.asked(conversation);
    const path = `/api/permissions/${permissionId}`;
    expect(await api.call('POST', path, { optionId: 'once', digest: 'f'.repeat(64) })).toMatchObject({
      status: 400,
    });
    const answers = await Promise.all([
      api.call('POST', path, { optionId: 'once', digest }),
      api.call('POST', path, { optionId: 'reject', digest }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const chosen = answers[0]?.status === 200 ? 'once' : 'reject';
    await api.says(conversation, `agent: chose ${chosen}`);
  });

  it('[C3] [C8] a person sends a message in a page, reads the card and allows it', async () => {
    const conversation = await api.create('coder');
    await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}`);
    const input = page.getByTestId('message-input');
    await input.fill('ask');
    await input.press('Enter');
    const card = page.getByTestId('permission-card');
    await card.waitFor();
    await card.locator('[data-testid=option][data-kind=allow_once]').click();
    await page.getByTestId('transcript').getByText('chose once').waitFor();
  });

  it('[C3] the inbox on the home page shows a request, and answers it', async () => {
    const conversation = await api.create('coder');
    await page.goto(muster.url);
    await api.send(conversation, 'ask');
    const row = page.getByTestId('inbox-row');
    await row.waitFor();
    const { permissionId } = await api.asked(conversation);
    await page.locator(`[data-inbox-link="${permissionId}"]`).click();
    await page.getByTestId('permission-card').locator('[data-testid=option][data-kind=reject_once]').click();
    await api.says(conversation, 'agent: chose reject');
    await page.goto(muster.url);
    await page.getByText('coder').first().waitFor();
    expect(await row.count()).toBe(0);
  });

  it('[C14] text of a running turn shows while it grows, and cancelling ends it', async () => {
    const conversation = await api.create('coder');
    await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}`);
    const input = page.getByTestId('message-input');
    await input.fill('slow');
    await input.press('Enter');
    const transcript = page.getByTestId('transcript');
    const length = async () => (await transcript.innerText()).length;
    await eventually(async () => expect(await length()).toBeGreaterThan(20));
    const first = await length();
    await eventually(async () => expect(await length()).toBeGreaterThan(first));
    expect(await api.call('POST', `/api/conversations/${conversation}/cancel`)).toMatchObject({
      status: 200,
    });
    await eventually(async () => {
      const { json } = await api.call('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'idle' });
    });
  });

  it('[C16] a cancel while the adapter is still starting ends the turn, and the next message is answered', async () => {
    const conversation = await api.create('coder');
    await api.send(conversation, 'slow');
    expect(await api.call('POST', `/api/conversations/${conversation}/cancel`)).toMatchObject({
      status: 200,
    });
    await eventually(async () => {
      const { json } = await api.call('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'idle' });
    });
    await api.send(conversation, 'go on');
    await api.says(conversation, 'agent: said: go on');
  });

  it('[C11] [C16] server and page come back: the conversation is as it was, and goes on', async () => {
    const conversation = await api.create('coder');
    await api.send(conversation, 'before');
    await api.says(conversation, 'agent: said: before');
    await muster.sigkill();
    await muster.start();
    await api.send(conversation, 'after');
    await api.says(conversation, 'agent: said: after');
    expect(await api.texts(conversation)).toEqual([
      'user: before',
      'agent: said: before',
      'user: after',
      'agent: said: after',
    ]);
  });
});
