import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installAgents } from '../../scripts/lib/real-agents.mjs';
import { openBrowser, signIn } from '../harness/browser.ts';
import { ChatModel, call, say } from './lib/chat-model.ts';
import { openCodeHome } from './lib/opencode.ts';
import { lineOf, RealAgent } from './lib/rig.ts';

/** The one path of a real agent that `npm test` takes. */
let model: ChatModel;
let agent: RealAgent;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  const commands = await installAgents('opencode');
  model = await ChatModel.start();
  agent = await RealAgent.start((home) => ({
    command: join(commands, 'opencode'),
    args: ['acp'],
    environment: openCodeHome(home, model.url),
  }));
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, agent.muster);
});
afterAll(async () => {
  await browser.close();
  await agent[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  expect(model.faults).toEqual([]);
});

/** What the page shows of each item, in order, with what is folded. */
async function shownItems(): Promise<string[]> {
  const rows = page.getByTestId('transcript').locator('[data-item]');
  for (const summary of await rows.locator('summary').all()) await summary.click();
  return rows.allInnerTexts();
}

it('[C3] [C8] [C14] a whole turn of OpenCode: asked, allowed and edited in a page, which shows what was said', async () => {
  const path = join(agent.workspace, 'greeting.txt');
  writeFileSync(path, 'Hello, moon\n');
  const edit = { filePath: path, oldString: 'moon', newString: 'world' };
  model.script(
    'Greet the world',
    call('read', { filePath: path }, { think: 'First I look at it.' }, { say: 'I read the file.' }),
    call('edit', edit, { say: 'It greets the moon.' }),
    say('Now it greets the world.'),
  );
  const talk = await agent.talk();
  await page.goto(
    `${agent.muster.url}/agents/${agent.name}?conversation=${encodeURIComponent(talk.conversationId)}`,
  );
  const input = page.getByTestId('message-input');
  await input.fill('Greet the world');
  await input.press('Enter');

  const card = page.getByTestId('permission-card');
  await card.waitFor({ timeout: 90_000 });
  const asked = await card.innerText();
  for (const line of [path, 'Hello, moon', 'Hello, world']) expect(asked).toContain(line);
  expect(readFileSync(path, 'utf8')).toBe('Hello, moon\n');
  // C8: nothing is allowed before all of it was on the screen.
  const argument = card.getByTestId('argument');
  await argument.focus();
  await argument.press('End');
  await card.locator('[data-testid=option][data-kind=allow_once]').click();
  await page.getByTestId('transcript').getByText('Now it greets the world.').waitFor({ timeout: 90_000 });

  const items = await talk.ended('Greet the world');
  expect(readFileSync(path, 'utf8')).toBe('Hello, world\n');
  const relative = path.slice(1);
  expect(items.map(lineOf)).toEqual([
    'user: Greet the world',
    'thought: First I look at it.',
    'agent: I read the file.',
    `tool: ${relative} (completed)`,
    'agent: It greets the moon.',
    `tool: ${relative} (completed)`,
    'agent: Now it greets the world.',
  ]);
  const shown = await shownItems();
  expect(shown).toHaveLength(items.length);
  for (const [index, item] of items.entries())
    expect(shown[index]).toContain('text' in item ? item.text : relative);
  expect(shown[5]).toContain('world');
  expect((await talk.state()).facts).toMatchObject({ usage: { used: 1_000, cost: { currency: 'USD' } } });
});
