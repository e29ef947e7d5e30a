import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';

const AGENT = join(PROJECT, 'agent-runner', 'test', 'support', 'acp-agent.ts');

let muster: Muster;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  muster = await startMuster();
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, muster);
  await createCodingAgent('coder');
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function api(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' };
  const response = await fetch(`${muster.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  return { status: response.status, json };
}

async function createCodingAgent(name: string): Promise<void> {
  const { status, json } = await api('POST', '/api/agents', {
    name,
    kind: 'acp',
    program: { command: process.execPath, args: [AGENT] },
    workspace: muster.directory,
    environment: { [TAG]: muster.tag },
  });
  expect({ status, json }).toMatchObject({ status: 201 });
}

const CreatedSchema = z.object({ conversationId: z.string() });
async function createConversation(agentId: string): Promise<string> {
  const { status, json } = await api('POST', `/api/agents/${agentId}/conversations`, {});
  expect({ status, json }).toMatchObject({ status: 201 });
  return CreatedSchema.parse(json).conversationId;
}

const send = (conversationId: string, content: string) =>
  api('POST', `/api/conversations/${conversationId}/messages`, { content });

const MessagesSchema = z.object({
  messages: z.array(
    z.object({
      item: z.object({ kind: z.string(), text: z.string().optional(), endedAt: z.number().optional() }),
    }),
  ),
});
async function texts(conversationId: string): Promise<string[]> {
  const { json } = await api('GET', `/api/conversations/${conversationId}/messages`);
  return MessagesSchema.parse(json).messages.map(({ item }) => `${item.kind}: ${item.text ?? ''}`);
}
const says = (conversationId: string, line: string) =>
  eventually(async () => expect(await texts(conversationId)).toContain(line));

const PermissionsSchema = z.object({
  permissions: z.array(
    z.object({ permissionId: z.string(), conversationId: z.string(), digest: z.string() }),
  ),
});
/** The request that waits in this conversation. */
const asked = (conversationId: string) =>
  eventually(async () => {
    const { json } = await api('GET', '/api/permissions');
    const { permissions } = PermissionsSchema.parse(json);
    const [request] = permissions.filter((one) => one.conversationId === conversationId);
    if (request === undefined) throw new Error('nothing is asked');
    return request;
  });

describe('a conversation with a coding agent', () => {
  it('[C12] [C14] [C16] a message by REST becomes a turn, and its items are the conversation', async () => {
    const conversation = await createConversation('coder');
    expect(await send(conversation, 'hello there')).toMatchObject({
      status: 202,
      json: { messageId: expect.any(String), position: expect.any(Number) },
    });
    await says(conversation, 'agent: said: hello there');
    expect(await texts(conversation)).toEqual(['user: hello there', 'agent: said: hello there']);
  });

  it('[C7] the first answer to a permission wins, the second is told, a wrong digest is refused', async () => {
    const conversation = await createConversation('coder');
    await send(conversation, 'ask');
    const { permissionId, digest } = await asked(conversation);
    const path = `/api/permissions/${permissionId}`;
    expect(await api('POST', path, { optionId: 'once', digest: 'f'.repeat(64) })).toMatchObject({
      status: 400,
    });
    const answers = await Promise.all([
      api('POST', path, { optionId: 'once', digest }),
      api('POST', path, { optionId: 'reject', digest }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const chosen = answers[0]?.status === 200 ? 'once' : 'reject';
    await says(conversation, `agent: chose ${chosen}`);
  });

  it('[C3] [C8] a person sends a message in a page, reads the card and allows it', async () => {
    const conversation = await createConversation('coder');
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
    const conversation = await createConversation('coder');
    await page.goto(muster.url);
    await send(conversation, 'ask');
    const row = page.getByTestId('inbox-row');
    await row.waitFor();
    const { permissionId } = await asked(conversation);
    await page.locator(`[data-inbox-link="${permissionId}"]`).click();
    await page.getByTestId('permission-card').locator('[data-testid=option][data-kind=reject_once]').click();
    await says(conversation, 'agent: chose reject');
    await page.goto(muster.url);
    await page.getByText('coder').first().waitFor();
    expect(await row.count()).toBe(0);
  });

  it('[C14] text of a running turn shows while it grows, and cancelling ends it', async () => {
    const conversation = await createConversation('coder');
    await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}`);
    const input = page.getByTestId('message-input');
    await input.fill('slow');
    await input.press('Enter');
    const transcript = page.getByTestId('transcript');
    const length = async () => (await transcript.innerText()).length;
    await eventually(async () => expect(await length()).toBeGreaterThan(20));
    const first = await length();
    await eventually(async () => expect(await length()).toBeGreaterThan(first));
    expect(await api('POST', `/api/conversations/${conversation}/cancel`)).toMatchObject({ status: 200 });
    await eventually(async () => {
      const { json } = await api('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'idle' });
    });
  });

  it('[C16] a cancel while the adapter is still starting ends the turn, and the next message is answered', async () => {
    const conversation = await createConversation('coder');
    await send(conversation, 'slow');
    expect(await api('POST', `/api/conversations/${conversation}/cancel`)).toMatchObject({ status: 200 });
    await eventually(async () => {
      const { json } = await api('GET', `/api/conversations/${conversation}`);
      expect(json).toMatchObject({ status: 'idle' });
    });
    await send(conversation, 'go on');
    await says(conversation, 'agent: said: go on');
  });

  it('[C11] [C16] server and page come back: the conversation is as it was, and goes on', async () => {
    const conversation = await createConversation('coder');
    await send(conversation, 'before');
    await says(conversation, 'agent: said: before');
    await muster.sigkill();
    await muster.start();
    await send(conversation, 'after');
    await says(conversation, 'agent: said: after');
    expect(await texts(conversation)).toEqual([
      'user: before',
      'agent: said: before',
      'user: after',
      'agent: said: after',
    ]);
  });
});
