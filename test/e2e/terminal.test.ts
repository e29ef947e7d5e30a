import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 100 };
/** Of the window: the terminal takes the size that fits. */
const WINDOWS = [
  { width: 760, height: 520 },
  { width: 1400, height: 900 },
  { width: 1920, height: 1200 },
];
const VIEWPORT = { width: 1400, height: 900 };
const FIRST = { cols: 80, rows: 24 };
/** Keeps programs from reading this machine's own settings. */
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
const TEXT = Array.from({ length: 200 }, (_, i) => `line ${i} äöü 漢字`).join('\n');
const BASH = ['bash', '--norc', '--noprofile'] as const;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;
let other: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  writeFileSync(join(muster.directory, 'text.txt'), TEXT);
  const context = await browser.newContext({ viewport: VIEWPORT });
  page = await context.newPage();
  await signIn(page, muster);
  const state = await context.storageState();
  // A context of its own, as another person's browser would be, with the same session.
  other = await (await browser.newContext({ viewport: VIEWPORT, storageState: state })).newPage();
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const showsIn = (terminal: Parameters<typeof screenOf>[0], text: string) =>
  vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(text), WAIT);

describe('one terminal, several viewers', () => {
  it('[S7] shows in both browsers what is typed in the one that has the keyboard, and comes back after a reload', async () => {
    await createAgent(client, muster, {
      agentId: 'shared',
      program: BASH,
      terminal: { cols: 100, rows: 30 },
      environment: PLAIN,
    });
    const mine = await openTerminal(page, muster, 'shared');
    const theirs = await openTerminal(other, muster, 'shared');
    await mine.click();
    await page.keyboard.type('echo one-$((40+2))\n');
    await showsIn(mine, 'one-42');
    await showsIn(theirs, 'one-42');
    // [B9] One page at a time has the keyboard, of one person's too.
    await other.getByRole('button', { name: 'Type here' }).click();
    await other.keyboard.type('printf "\\033[1;31mred\\033[0m two-$((40+3))\\n"\n');
    await showsIn(mine, 'red two-43');
    await vi.waitFor(async () => expect(await screenOf(theirs)).toEqual(await screenOf(mine)), WAIT);
    const before = await screenOf(mine);
    const again = await openTerminal(page, muster, 'shared');
    await vi.waitFor(async () => expect(await screenOf(again)).toEqual(before), WAIT);
  });

  describe.each(WINDOWS)('in a window of $width × $height', (window) => {
    it.each([
      ['top', ['top', '-d', '5'], 'load average'],
      [
        'vim',
        ['vim', '-n', '-u', 'NONE', '-c', 'set number hlsearch', '-c', '/line 7', 'text.txt'],
        'line 7',
      ],
      ['less', ['less', '-N', 'text.txt'], 'line 3'],
    ] as const)('shows %s cell by cell as an emulator fed the same bytes', async (name, program, sign) => {
      const agentId = `${name}-${window.width}`;
      await page.setViewportSize(window);
      await createAgent(client, muster, { agentId, program, terminal: FIRST, environment: PLAIN });
      const mirror = new Mirror(client, agentId, FIRST);
      const terminal = await openTerminal(page, muster, agentId);
      await page.getByRole('button', { name: 'Fit the program to this page' }).click();
      await showsIn(terminal, sign);
      await vi.waitFor(async () => expect(await screenOf(terminal)).toEqual(await mirror.screen()), WAIT);
      mirror.close();
      await client.request('agent:delete', { agentId });
    });
  });
});
