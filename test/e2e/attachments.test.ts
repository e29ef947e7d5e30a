import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';

const AGENT = fileURLToPath(new URL('../../agent-runner/test/support/acp-file-agent.ts', import.meta.url));
const MIB = 1024 * 1024;

let muster: Muster;
let workspace: string;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  muster = await startMuster();
  workspace = join(muster.directory, 'repo');
  mkdirSync(join(workspace, 'src'), { recursive: true });
  writeFileSync(join(workspace, 'src', 'main.ts'), 'export {};\n');
  writeFileSync(join(workspace, '.gitignore'), 'secret.txt\n');
  writeFileSync(join(workspace, 'secret.txt'), 'secret');
  execFileSync('git', ['init', '--quiet'], { cwd: workspace });
  await create('seer', ['--list', '--embed']);
  await create('blind', ['--blind']);
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, muster);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function api(method: string, path: string, body?: object | Uint8Array<ArrayBuffer>, type?: string) {
  const isBytes = body instanceof Uint8Array;
  const headers = {
    authorization: `Bearer ${muster.token}`,
    'content-type': type ?? (isBytes ? 'application/octet-stream' : 'application/json'),
  };
  const sent = isBytes ? body : JSON.stringify(body);
  const response = await fetch(`${muster.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: sent }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const json: unknown = isJson ? JSON.parse(bytes.toString()) : null;
  return { status: response.status, json, bytes, headers: response.headers };
}

async function create(name: string, flags: readonly string[]): Promise<void> {
  const { status, json } = await api('POST', '/api/agents', {
    name,
    kind: 'acp',
    program: { command: process.execPath, args: [AGENT, ...flags] },
    workspace,
    environment: { [TAG]: muster.tag },
  });
  expect({ status, json }).toMatchObject({ status: 201 });
}

const CreatedSchema = z.object({ conversationId: z.string() });
async function begin(agentId: string, options: object = {}): Promise<string> {
  const { json } = await api('POST', `/api/agents/${agentId}/conversations`, options);
  return CreatedSchema.parse(json).conversationId;
}

const FileSchema = z.object({ fileId: z.string() });
async function upload(
  conversationId: string,
  name: string,
  data: Uint8Array<ArrayBuffer>,
  type = 'image/png',
) {
  const path = `/api/conversations/${conversationId}/files?name=${encodeURIComponent(name)}`;
  const { status, json } = await api('POST', path, data, type);
  expect({ status, json }).toMatchObject({ status: 201 });
  return FileSchema.parse(json).fileId;
}

const MessagesSchema = z.object({
  messages: z.array(z.object({ item: z.object({ kind: z.string(), text: z.string().optional() }) })),
});
/** What the agent was given, line by line. */
const given = (conversationId: string) =>
  eventually(async () => {
    const { json } = await api('GET', `/api/conversations/${conversationId}/messages`);
    const said = MessagesSchema.parse(json).messages.find(({ item }) => item.kind === 'agent');
    if (said?.item.text === undefined) throw new Error('the agent said nothing');
    return said.item.text.split('\n');
  });

function image(size: number): Uint8Array<ArrayBuffer> {
  // At once: a server closes a connection on which nothing comes for long, and the next request meets that.
  const bytes = new Uint8Array(randomBytes(size));
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes;
}
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const say = (conversationId: string, content: readonly object[]) =>
  api('POST', `/api/conversations/${conversationId}/messages`, { content });
const file = (fileId: string) => ({ type: 'file', fileId });

describe('files in a prompt', () => {
  it('[C15] [C5] an image reaches the agent byte for byte, text within the prompt, a binary as a link', async () => {
    const conversation = await begin('seer');
    const picture = image(3 * MIB + 5);
    const binary = Uint8Array.from([0, 255, 1, 254]);
    const parts = [
      file(await upload(conversation, 'photo.png', picture)),
      file(await upload(conversation, 'notes.txt', new TextEncoder().encode('Remember'), 'text/plain')),
      file(await upload(conversation, 'data.bin', binary, 'application/x-thing')),
    ];
    expect(await say(conversation, [{ type: 'text', text: 'Look' }, ...parts])).toMatchObject({
      status: 202,
    });
    expect((await given(conversation)).slice(1)).toEqual([
      'text Look',
      `image image/png ${sha256(picture)}`,
      'resource text/plain Remember',
      `resource_link application/x-thing ${sha256(binary)}`,
    ]);
    const shown = await api('GET', `/api/conversations/${conversation}/files/${parts[0]?.fileId}`);
    expect(sha256(shown.bytes)).toBe(sha256(picture));
    expect(shown.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('[C15] an agent that takes no images reads a copy of it', async () => {
    const conversation = await begin('blind');
    const picture = image(MIB);
    await say(conversation, [file(await upload(conversation, 'photo.png', picture))]);
    expect((await given(conversation)).at(-1)).toBe(`resource_link image/png ${sha256(picture)}`);
  });

  it('[C15] of five images of 5 MiB the fifth is too much, nothing is lost, and four reach the agent whole', async () => {
    const conversation = await begin('seer');
    const pictures = Array.from({ length: 5 }, (_, n) => image(5 * MIB - n));
    const parts: { fileId: string }[] = [];
    for (const picture of pictures) parts.push(file(await upload(conversation, 'big.png', picture)));
    const refused = await say(conversation, parts);
    expect(refused).toMatchObject({
      status: 413,
      json: { error: { message: expect.stringContaining('24 MiB') } },
    });
    expect(await say(conversation, parts.slice(0, 4))).toMatchObject({ status: 202 });
    expect((await given(conversation)).slice(1)).toEqual(
      pictures.slice(0, 4).map((picture) => `image image/png ${sha256(picture)}`),
    );
  });
});

describe('what is found on the host', () => {
  it('[C15] files of the workspace are found and mentioned, ignored ones and ones outside are not', async () => {
    const found = await api('GET', '/api/agents/seer/files?query=main');
    expect(found).toMatchObject({ status: 200, json: { files: ['src/main.ts'] } });
    const { json } = await api('GET', '/api/agents/seer/files');
    expect(json).toEqual({ files: ['.gitignore', 'src/main.ts'] });
    const conversation = await begin('seer');
    const mention = (path: string) => ({ type: 'mention', path });
    await say(conversation, [mention('src/main.ts'), mention('../../etc/passwd')]);
    expect((await given(conversation)).slice(1)).toEqual([
      `resource_link - ${sha256(Buffer.from('export {};\n'))}`,
      'text @../../etc/passwd',
    ]);
  });

  it('[C11] a session that the agent lists is gone on with', async () => {
    const first = await api('GET', '/api/agents/seer/sessions');
    const session = (n: number) => ({
      sessionId: `old-${n}`,
      title: `Session ${n}`,
      updatedAt: Date.UTC(2026, 0, n),
      cwd: workspace,
    });
    expect(first.json).toEqual({ sessions: [session(1)], next: 'more' });
    const second = await api('GET', '/api/agents/seer/sessions?after=more');
    expect(second.json).toEqual({ sessions: [session(3)], next: null });
    const conversation = await begin('seer', { resume: 'old-3' });
    await say(conversation, [{ type: 'text', text: 'Go on' }]);
    expect(await given(conversation)).toEqual(['in old-3', 'text Go on']);
  });

  it('[C11] an agent that lists none says so', async () => {
    expect(await api('GET', '/api/agents/blind/sessions')).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATE', message: expect.stringContaining('does not list') } },
    });
  });
});

/** A picture that browsers draw: a PNG of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

describe('files in a page', () => {
  const open = async (agentId: string) => {
    const conversation = await begin(agentId);
    await page.goto(`${muster.url}/agents/${agentId}?conversation=${encodeURIComponent(conversation)}`);
    return { conversation, input: page.getByTestId('message-input') };
  };

  it('[C15] a person attaches an image, names a file by @, and both are in the transcript and with the agent', async () => {
    const { conversation, input } = await open('seer');
    await page
      .getByTestId('file-input')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PIXEL });
    await page.locator('[data-testid=attachment][data-state=ready]').waitFor();
    await input.pressSequentially('Look at @mai');
    await page.getByTestId('mention-menu').getByRole('option', { name: 'main.ts' }).waitFor();
    await input.press('Enter');
    expect(await input.inputValue()).toBe('Look at @src/main.ts ');
    await input.press('Enter');
    expect((await given(conversation)).slice(1)).toEqual([
      'text Look at ',
      `resource_link - ${sha256(Buffer.from('export {};\n'))}`,
      'text  ',
      `image image/png ${sha256(PIXEL)}`,
    ]);
    const image = page.getByTestId('sent-file').locator('img');
    await eventually(async () =>
      expect(await image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(1),
    );
    expect(await page.getByTestId('attachment').count()).toBe(0);
  });

  it('[C15] a pasted file is attached; one that is too large says so and holds the message back', async () => {
    const { input } = await open('seer');
    await input.evaluate((field) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(['x'], 'note.txt', { type: 'text/plain' }));
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
    await page.locator('[data-testid=attachment][data-state=ready]').waitFor();
    const buffer = Buffer.alloc(5 * MIB + 1);
    await page.getByTestId('file-input').setInputFiles({ name: 'big.bin', mimeType: 'x/y', buffer });
    await page.getByText('It is larger than 5 MiB').waitFor();
    const send = page.getByRole('button', { name: /^Send/ });
    expect(await send.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Remove big.bin' }).click();
    expect(await send.isDisabled()).toBe(false);
  });

  it('[C5] [C15] an agent that takes no images is said so before sending', async () => {
    const { conversation } = await open('blind');
    await say(conversation, [{ type: 'text', text: 'Hello' }]);
    await given(conversation);
    await page
      .getByTestId('file-input')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PIXEL });
    await page.getByText('This agent takes no images. Remove dot.png to send.').waitFor();
  });

  it('[C11] a person resumes a session that the agent lists', async () => {
    await open('seer');
    await page.getByTestId('resume-session').click();
    await page.getByTestId('resume-dialog').getByText('Session 1').click();
    await page.getByTestId('conversation-tab').filter({ hasText: 'Session 1' }).waitFor();
    const input = page.getByTestId('message-input');
    await input.fill('Go on');
    await input.press('Enter');
    await page.getByTestId('transcript').getByText('in old-1').waitFor();
  });
});
