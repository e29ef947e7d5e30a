import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { pageOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { programFile } from '../harness/program-file.ts';
import { screenOf } from '../harness/screen.ts';
import { OutputHasher, openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 100 };
const LARGE = { width: 1400, height: 900 };
const SMALL = { width: 760, height: 560 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
const BASH = ['bash', '--norc', '--noprofile'] as const;
const FIRST = { cols: 80, rows: 24 };
/** Asks its terminal when it reads a q, and prints the whole reply. */
const ASKS = ['bash', '--norc', '--noprofile', programFile('asks-on-q.sh')] as const;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let grace: Page;
let bob: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  grace = await pageOf(browser, muster, { name: 'Grace', role: 'operator' }, LARGE);
  bob = await pageOf(browser, muster, { name: 'Bob', role: 'operator' }, SMALL);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const lineOf = (page: Page) => page.getByTestId('keyboard-line');
const shows = (terminal: Locator, text: string) =>
  vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(text), WAIT);
const sizeOf = async (terminal: Locator) => (await screenOf(terminal)).size;
const fontOf = (terminal: Locator) =>
  terminal.evaluate((host) => Number(Reflect.get(host, 'musterTerminal').options.fontSize));

/** The page of a shell, once its prompt is there: before, typing would go nowhere. */
async function openShell(page: Page, agentId: string): Promise<Locator> {
  const terminal = await openTerminal(page, muster, agentId);
  await shows(terminal, '$');
  return terminal;
}

async function type(page: Page, terminal: Locator, keys: string): Promise<void> {
  await terminal.click();
  await page.keyboard.type(keys);
}

describe('[B9] one drives, the others watch', () => {
  it('the driver types and sizes; another watches it scaled, asks, is granted, and then does both', async () => {
    await createAgent(client, muster, { agentId: 'one', program: BASH, terminal: FIRST, environment: PLAIN });
    const mine = await openShell(grace, 'one');
    await type(grace, mine, 'echo from-$((40+2))\n');
    await shows(mine, 'from-42');
    const theirs = await openShell(bob, 'one');
    await lineOf(bob).getByText('Grace is driving').waitFor();
    await vi.waitFor(async () => expect(await sizeOf(mine)).not.toBe('80x24 normal'), WAIT);
    const large = await sizeOf(mine);
    await vi.waitFor(async () => expect(await sizeOf(theirs)).toBe(large), WAIT);
    expect(await fontOf(theirs)).toBeLessThan(await fontOf(mine));

    await type(bob, theirs, 'echo no-$((40+1))');
    await lineOf(bob).getByText('Enter asks for the keyboard').waitFor();
    await bob.keyboard.press('Enter');
    await lineOf(bob).getByText('Asked.').waitFor();
    await grace.getByTestId('asking').getByText('Bob').waitFor();
    await type(grace, mine, 'echo still-$((40+3))\n');
    await shows(theirs, 'still-43');
    await grace.getByTestId('asking').getByRole('button', { name: 'Allow' }).click();

    await lineOf(grace).getByText('Bob is driving').waitFor();
    await lineOf(bob).waitFor({ state: 'detached' });
    await bob.keyboard.type('echo yes-$((40+4))\n');
    await shows(mine, 'yes-44');
    expect((await screenOf(mine)).text.join('\n')).not.toContain('no-');
    await vi.waitFor(async () => expect(await sizeOf(mine)).not.toBe(large), WAIT);
    expect(await sizeOf(mine)).toBe(await sizeOf(theirs));
  });

  it('a reload keeps the keyboard; closing the page frees it, and the next who types has it', async () => {
    await createAgent(client, muster, { agentId: 'two', program: BASH, terminal: FIRST, environment: PLAIN });
    const mine = await openShell(grace, 'two');
    await type(grace, mine, 'echo a-$((1+1))\n');
    await shows(mine, 'a-2');
    const theirs = await openShell(bob, 'two');
    await lineOf(bob).getByText('Grace is driving').waitFor();
    const again = await openShell(grace, 'two');
    await type(grace, again, 'echo b-$((1+2))\n');
    await shows(theirs, 'b-3');
    await lineOf(bob).getByText('Grace is driving').waitFor();

    await grace.goto(`${muster.url}/`);
    await lineOf(bob).waitFor({ state: 'detached' });
    await type(bob, theirs, 'echo c-$((1+3))\n');
    await shows(theirs, 'c-4');
  });

  it('the driver gives the keyboard to one who watches, from the marks, and takes no more keys', async () => {
    await createAgent(client, muster, {
      agentId: 'three',
      program: BASH,
      terminal: FIRST,
      environment: PLAIN,
    });
    const mine = await openShell(grace, 'three');
    await type(grace, mine, 'echo a-$((1+1))\n');
    await shows(mine, 'a-2');
    await openShell(bob, 'three');
    await lineOf(bob).getByText('Grace is driving').waitFor();
    await grace.getByTestId('watchers').click();
    await grace.getByRole('menuitem', { name: 'Give the keyboard to Bob' }).click();
    await lineOf(grace).getByText('Bob is driving').waitFor();
    await bob.getByTestId('watchers').click();
    await bob.getByRole('menuitem', { name: 'Release the keyboard' }).click();
    await lineOf(grace).waitFor({ state: 'detached' });
  });

  it('a script types without ceremony where nobody drives, and hears whose keyboard it is where somebody does', async () => {
    await createAgent(client, muster, {
      agentId: 'four',
      program: BASH,
      terminal: FIRST,
      environment: PLAIN,
    });
    const say = (data: string) =>
      fetch(`${muster.url}/api/agents/four/input`, {
        method: 'POST',
        headers: { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ data }),
      });
    // An agent is created once its program runs; its keeper may still be dialling its room.
    await eventually(async () => expect((await say('echo script-$((1+1))\n')).status).toBe(200));
    const mine = await openShell(grace, 'four');
    await shows(mine, 'script-2');
    await type(grace, mine, 'echo a-$((1+1))\n');
    await shows(mine, 'a-2');
    const refused = await say('echo no\n');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      error: { code: 'INVALID_STATE', message: 'Grace is driving' },
    });
  });
});

describe('[X6] battery 16: a program that asks terminals who they are', () => {
  it('hears one answer, from its keeper, whoever drives, and nothing of the clipboard', async () => {
    await createAgent(client, muster, {
      agentId: 'asks',
      program: ASKS,
      terminal: FIRST,
      environment: PLAIN,
    });
    const seen = new OutputHasher(client, 'asks');
    let text = '';
    seen.feed.on('output', ({ frames }) => {
      for (const { data } of frames) text += new TextDecoder().decode(data);
    });
    const answers = () => text.split('told ').flatMap((told) => /^(\$'.*?'\.)\r/.exec(told)?.[1] ?? []);
    const theirs = await openTerminal(bob, muster, 'asks');
    const mine = await openTerminal(grace, muster, 'asks');
    // Both are there: each has heard of the other.
    for (const page of [bob, grace]) await page.getByTestId('watchers').waitFor();
    await theirs.click();
    await type(grace, mine, 'q');
    await lineOf(bob).getByText('Grace is driving').waitFor();
    await vi.waitFor(() => expect(answers()).toHaveLength(1), WAIT);
    await theirs.click();
    await grace.bringToFront();
    await type(grace, mine, 'q');
    await vi.waitFor(() => expect(answers()).toHaveLength(2), WAIT);
    const device = /\\E\[\?1;2c/g;
    for (const answer of answers()) expect(answer.match(device), answer).toHaveLength(1);
    expect(answers().join()).not.toContain('52;');
    seen.close();
  });
});
