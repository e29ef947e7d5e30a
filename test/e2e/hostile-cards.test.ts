import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser, signIn } from '../harness/browser.ts';
import { ConversationApi } from '../harness/conversations.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

const OUTSIDE = 'http://attacker.example';
const SCRIPT = `<script>window.ran = true</script><img src="${OUTSIDE}/i.png" onerror="window.ran = true">`;

let muster: Muster;
let browser: Browser;
let page: Page;
let api: ConversationApi;
/** Addresses beyond this server that the page asked for. */
const outside: string[] = [];
const dialogs: string[] = [];

beforeAll(async () => {
  muster = await startMuster();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  page.on('request', (request) => {
    if (request.url().startsWith('http') && !request.url().startsWith(muster.url))
      outside.push(request.url());
  });
  page.on('dialog', async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  await signIn(page, muster);
  api = new ConversationApi(muster);
  await api.createAgent('coder');
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

let conversation = '';
/** What it asks would keep its adapter, of which an agent has few. */
afterEach(() => api.call('DELETE', `/api/conversations/${conversation}`));

/** A conversation in the page, in which this was said. */
async function open(content: string): Promise<string> {
  conversation = await api.create('coder');
  await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}`);
  await page.getByTestId('message-input').waitFor();
  await api.send(conversation, content);
  return conversation;
}

const asks = (toolCall: object) => open(`request ${JSON.stringify(toolCall)}`);
const card = () => page.getByTestId('permission-card');
const allow = () => card().locator('[data-testid=option][data-kind=allow_once]');

describe('[C8] a card', () => {
  it('of a command that hides its end below newlines allows nothing before that was seen', async () => {
    const command = `ls${'\n'.repeat(400)}rm -rf ~`;
    const conversation = await asks({ title: 'ls', kind: 'execute', rawInput: { command } });
    await allow().waitFor();
    // Longer than the time that a card must stand before it is answered.
    await eventually(async () => expect(await card().innerText()).toContain('Read all of it'));
    expect(await allow().isDisabled()).toBe(true);
    await page.keyboard.press('y');
    const argument = page.getByTestId('argument');
    expect(await argument.innerText()).toContain('rm -rf ~');
    await argument.evaluate((node) => node.scrollIntoView({ block: 'end' }));
    await argument.evaluate((node) => node.scrollTo(0, node.scrollHeight / 2));
    expect(await allow().isDisabled()).toBe(true);
    await argument.evaluate((node) => node.scrollTo(0, node.scrollHeight));
    await eventually(async () => expect(await allow().isEnabled()).toBe(true));
    expect(await api.texts(conversation)).not.toContain('agent: chose once');
    await allow().click();
    await api.says(conversation, 'agent: chose once');
  });

  it.each([
    ['a right-to-left override', '\u202e', 'U+202E'],
    ['a zero-width space', '\u200b', 'U+200B'],
    ['a tag character', '\u{e0041}', 'U+E0041'],
    ['a carriage return', '\r', ''],
    ['an escape', '\u001b[8m', ''],
    ['a soft hyphen', '\u00ad', 'U+00AD'],
    ['a no-break space', '\u00a0', 'U+00A0'],
  ])('shows %s as a mark', async (_, hidden, name) => {
    await asks({ title: 'cat', kind: 'execute', rawInput: { command: `cat a${hidden}b` } });
    const argument = page.getByTestId('argument');
    await argument.waitFor();
    const marks = await argument.getByRole('img').count();
    const text = await argument.innerText();
    expect(text).not.toContain(hidden);
    expect(text).not.toContain('nothing hidden');
    expect(marks).toBeGreaterThan(0);
    expect(name === '' || (await argument.innerHTML()).includes(name)).toBe(true);
  });

  it('of an argument that the agent never told takes a second act', async () => {
    await asks({ title: 'something', kind: 'execute' });
    await allow().waitFor();
    const second = card().getByRole('checkbox');
    await second.waitFor();
    await page.keyboard.press('y');
    expect(await allow().isDisabled()).toBe(true);
    await second.check();
    await eventually(async () => expect(await allow().isEnabled()).toBe(true));
  });
});

describe('[X12] what an agent says', () => {
  beforeEach(() => {
    outside.length = 0;
    dialogs.length = 0;
  });

  /** The page after it drew what came: nothing ran, nothing was asked for elsewhere, no link does more than open a page. */
  async function isHarmless(): Promise<void> {
    const links = await page
      .locator('a[href]')
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
    for (const link of links) expect(link).toMatch(/^(https?|mailto):/);
    expect(await page.evaluate(() => Object.hasOwn(window, 'ran'))).toBe(false);
    expect(
      await page.locator('iframe, object, embed, form[action], meta[http-equiv=refresh], base').count(),
    ).toBe(0);
    expect(await page.locator('[onerror], [onclick], [onload]').count()).toBe(0);
    expect([outside, dialogs]).toEqual([[], []]);
  }

  it.each([
    ['HTML', SCRIPT],
    [
      'links',
      '[a](javascript:window.ran=true) [b](data:text/html,<script>ran=1</script>) <javascript:ran=1>',
    ],
    ['pictures', `![x](${OUTSIDE}/x.png) ![y](data:image/svg+xml,<svg onload=ran=1>)`],
    ['frames', `<iframe srcdoc="${'<script>parent.ran=true</script>'}"></iframe><base href="${OUTSIDE}">`],
    ['tables and code', `| a |\n|---|\n| ${SCRIPT} |\n\n\`\`\`html\n${SCRIPT}\n\`\`\``],
    ['vbscript and spaces', '[c](\u0001javascript:ran=1) [d](java\tscript:ran=1) [e](vbscript:ran)'],
  ])('as Markdown with %s runs nothing and asks nobody', async (_, markdown) => {
    const conversation = await open(markdown);
    await api.says(conversation, `agent: said: ${markdown}`);
    await page.getByTestId('transcript').getByText('said:').first().waitFor();
    await isHarmless();
  });

  it('in titles, diffs, places and plans runs nothing', async () => {
    const content = [{ type: 'diff', path: `/${SCRIPT}`, oldText: SCRIPT, newText: `${SCRIPT}\n${SCRIPT}` }];
    const locations = [{ path: 'javascript:window.ran=true' }];
    await asks({
      title: SCRIPT,
      kind: SCRIPT.slice(0, 60),
      content,
      locations,
      rawInput: { [SCRIPT]: SCRIPT },
    });
    await card().waitFor();
    await isHarmless();
    const entries = [{ content: SCRIPT, priority: SCRIPT, status: SCRIPT.slice(0, 30) }];
    await open(`update ${JSON.stringify({ sessionUpdate: 'plan', entries })}`);
    await page.getByTestId('transcript').getByText('window.ran').last().waitFor();
    await isHarmless();
  });

  it('in a form runs nothing, and its fields are what they say', async () => {
    const properties = {
      [SCRIPT]: { type: 'string', title: SCRIPT, description: SCRIPT, default: SCRIPT },
      choice: { type: 'string', enum: [SCRIPT, 'javascript:ran=1'] },
    };
    const requestedSchema = { type: 'object', properties };
    await open(`elicit ${JSON.stringify({ mode: 'form', message: SCRIPT, requestedSchema })}`);
    await page.getByTestId('elicitation-card').waitFor();
    await isHarmless();
  });

  it.each(['javascript:window.ran=true', 'data:text/html,<script>ran=1</script>', 'file:///etc/passwd'])(
    'as the link %s cannot be opened',
    async (url) => {
      await open(`elicit ${JSON.stringify({ mode: 'url', elicitationId: 'e', url, message: 'Open it' })}`);
      await api.says(conversation, 'agent: {"code":-32602,"message":"it is too large, or no link of http"}');
      expect(await page.getByTestId('elicitation-card').count()).toBe(0);
      await isHarmless();
    },
  );
});
