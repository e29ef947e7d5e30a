import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../harness/browser.ts';
import { OpenCode } from './lib/opencode.ts';

/** A real agent starts in seconds, on a busy machine in many. */
const STARTS = { timeout: 90_000 };

let opencode: OpenCode;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  opencode = await OpenCode.start();
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, opencode.agent.muster);
});
afterAll(async () => {
  await browser.close();
  await opencode[Symbol.asyncDispose]();
});

/** What the page shows of each item, in order, with what is folded. */
async function shownItems(): Promise<string[]> {
  const rows = page.getByTestId('transcript').locator('[data-item]');
  for (const summary of await rows.locator('summary').all()) await summary.click();
  return rows.allInnerTexts();
}

it('[C3] [C8] [C14] a whole turn of OpenCode: asked, allowed and edited in a page, which shows what was said', async () => {
  const { agent, model } = opencode;
  const path = agent.file('greeting.txt', 'Hello, moon\n');
  model.script.when(
    'Greet the world',
    [
      { thought: 'First I look at it.' },
      { text: 'I read the file.' },
      { tool: 'read', input: { filePath: path } },
    ],
    [
      { text: 'It greets the moon.' },
      { tool: 'edit', input: { filePath: path, oldString: 'moon', newString: 'world' } },
    ],
    [{ text: 'Now it greets the world.' }],
  );
  await using talk = await agent.begin();
  await page.goto(
    `${agent.muster.url}/agents/opencode?conversation=${encodeURIComponent(talk.conversationId)}`,
  );
  const input = page.getByTestId('message-input');
  await input.fill('Greet the world');
  await input.press('Enter');

  const card = page.getByTestId('permission-card');
  await card.waitFor(STARTS);
  const asked = await card.innerText();
  for (const line of [path, 'Hello, moon', 'Hello, world']) expect(asked).toContain(line);
  expect(readFileSync(path, 'utf8')).toBe('Hello, moon\n');
  // C8: nothing is allowed before all of it was on the screen.
  const argument = card.getByTestId('argument');
  await argument.focus();
  await argument.press('End');
  await card.locator('[data-testid=option][data-kind=allow_once]').click();
  await page.getByTestId('transcript').getByText('Now it greets the world.').waitFor(STARTS);

  await talk.until({ status: 'idle', turn: { outcome: 'done' } });
  expect(readFileSync(path, 'utf8')).toBe('Hello, world\n');
  const file = path.slice(1);
  expect(await talk.lines()).toEqual([
    'user: Greet the world',
    'thought: First I look at it.',
    'agent: I read the file.',
    `tool: ${file} completed`,
    'agent: It greets the moon.',
    `tool: ${file} completed`,
    'agent: Now it greets the world.',
  ]);
  const items = await talk.items();
  const shown = await shownItems();
  expect(shown).toHaveLength(items.length);
  for (const [index, item] of items.entries())
    expect(shown[index]).toContain('text' in item ? item.text : file);
});
