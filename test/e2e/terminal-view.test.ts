import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { pageOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { hasFocus, middleOf, shows, stateOf, swipe } from '../harness/page-actions.ts';
import { screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 100 };
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const SIZE = { cols: 80, rows: 24 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
const BASH = ['bash', '--norc', '--noprofile'] as const;
/** px under which nobody reads. */
const READABLE_PX = 11;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;
let phone: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  const context = await browser.newContext({ viewport: DESKTOP });
  page = await context.newPage();
  await signIn(page, muster);
  const storageState = await context.storageState();
  phone = await (
    await browser.newContext({ viewport: PHONE, hasTouch: true, isMobile: true, storageState })
  ).newPage();
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const start = (agentId: string, script = '', size = SIZE) =>
  createAgent(client, muster, {
    agentId,
    program: script === '' ? BASH : ['bash', '--norc', '--noprofile', '-c', script],
    terminal: size,
    environment: PLAIN,
  });
/** Resolves when the size has not changed while the page did all that it had to. */
const settled = (on: Page) =>
  on.evaluate(
    () =>
      new Promise((resolve) => {
        let frames = 30;
        const next = () => (--frames === 0 ? resolve(null) : requestAnimationFrame(next));
        next();
      }),
  );
const focusIn = (on: Page) => on.evaluate(() => document.activeElement?.className ?? '');

describe('the focus', () => {
  it('is in the terminal when an agent opens, and when another one does; Ctrl+Shift+Space takes it out', async () => {
    await Promise.all([start('first'), start('second')]);
    await shows(await openTerminal(page, muster, 'first'), '$');
    await page.keyboard.type('echo typed-$((40+2))\n');
    await shows(page.locator('[data-agent=first]'), 'typed-42');
    await page.getByRole('navigation', { name: 'Agents' }).getByRole('link', { name: 'second' }).click();
    const second = page.locator('[data-agent=second][data-ready]');
    await shows(second, '$');
    await vi.waitFor(async () => expect(await focusIn(page)).toContain('xterm-helper-textarea'), WAIT);
    await page.keyboard.type('echo also-$((40+3))\n');
    await shows(second, 'also-43');
    await page.keyboard.press('Control+Shift+Space');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.keyboard.press('Tab');
    expect(await focusIn(page)).not.toContain('xterm-helper-textarea');
  });

  it('is in the field of the dialog that deletes, which keeps what is typed while the agent goes on', async () => {
    await start('doomed', 'sleep 0; while read line; do echo "$line"; done');
    await openTerminal(page, muster, 'doomed');
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    const field = page.getByLabel('Type doomed to confirm');
    await hasFocus(field);
    await page.keyboard.type('doo');
    await client.request('agent:restart', { agentId: 'doomed' });
    await page.locator('[data-testid=status][data-status=running]').waitFor();
    await client.request('agent:update', { agentId: 'doomed', recording: true });
    await page.keyboard.type('med');
    expect(await field.inputValue()).toBe('doomed');
    await page.keyboard.press('Escape');
    await eventually(async () =>
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Delete…'),
    );
  });
});

describe('[B9] panels and phones', () => {
  it('lie over the program, and leave it its size; only its driver fits it to a phone', async () => {
    await start('steady');
    const terminal = await openTerminal(page, muster, 'steady');
    await page.keyboard.type('echo mine-$((1+1))\n');
    await shows(terminal, 'mine-2');
    await vi.waitFor(async () => expect((await stateOf(terminal)).size).not.toBe('80x24'), WAIT);
    const { size } = await stateOf(terminal);
    await page.getByTitle('Commands (Ctrl+Shift+Enter)').click();
    await page.getByTestId('command-input').waitFor();
    await page.getByRole('button', { name: 'Details' }).click();
    await settled(page);
    expect((await stateOf(terminal)).size).toBe(size);
    await page.goto(`${muster.url}/`);

    const small = await openTerminal(phone, muster, 'steady');
    await shows(small, 'mine-2');
    await settled(phone);
    expect((await stateOf(small)).size).toBe(size);
    expect((await stateOf(small)).font).toBeGreaterThanOrEqual(READABLE_PX);
    // The page that drove before is given 10 s to come back (B9c).
    await phone.getByTestId('keyboard-line').waitFor({ state: 'detached' });
    await phone.getByLabel('Line to send').fill('echo from-$((40+4))');
    await phone.getByRole('button', { name: 'Send' }).click();
    await shows(small, 'from-44');
    await settled(phone);
    expect((await stateOf(small)).size).toBe(size);
    await phone.getByRole('button', { name: 'Fit to this screen' }).click();
    await vi.waitFor(async () => expect((await stateOf(small)).size).not.toBe(size), WAIT);
  });
});

describe('on a phone', () => {
  it('a finger scrolls what was printed, throws it, and the way back says how much is new', async () => {
    const go = join(muster.directory, 'go');
    await start('long', `seq 1 300; echo end; until [ -e ${go} ]; do sleep 0.1; done; seq 1 40; read x`);
    const terminal = await openTerminal(phone, muster, 'long');
    await shows(terminal, 'end');
    const middle = await middleOf(terminal.locator('..'));
    const before = await stateOf(terminal);
    await swipe(phone, middle, { y: 200 });
    await vi.waitFor(
      async () => expect((await stateOf(terminal)).viewportY).toBeLessThan(before.viewportY - 5),
      WAIT,
    );
    await phone.getByTestId('latest').getByText('Latest').waitFor();
    writeFileSync(go, '');
    await vi.waitFor(
      async () => expect(await phone.getByTestId('latest').innerText()).toBe('40 new lines'),
      WAIT,
    );
    await phone.getByTestId('latest').click();
    await vi.waitFor(async () => {
      const { viewportY, baseY } = await stateOf(terminal);
      expect(viewportY).toBe(baseY);
    }, WAIT);
  });

  it('a program with the mouse hears of a wheel from its driver; an observer scrolls for themselves', async () => {
    await start('mouse', "printf '\\033[?1000h\\033[?1006h'; seq 1 100; stty raw -echo; echo end; cat -v");
    const terminal = await openTerminal(phone, muster, 'mouse');
    await shows(terminal, 'end');
    const watcher = await pageOf(browser, muster, { name: 'Ida', role: 'viewer' }, DESKTOP);
    const theirs = await openTerminal(watcher, muster, 'mouse');
    await shows(theirs, 'end');
    const before = await stateOf(theirs);
    const middle = await middleOf(theirs.locator('..'));
    await watcher.mouse.move(middle.x, middle.y);
    await watcher.mouse.wheel(0, -300);
    await vi.waitFor(
      async () => expect((await stateOf(theirs)).viewportY).toBeLessThan(before.viewportY),
      WAIT,
    );
    expect(await watcher.getByText('Your role may watch, not type.').isVisible()).toBe(false);
    expect((await screenOf(terminal)).text.join('')).not.toContain('^[[<');
    await swipe(phone, await middleOf(terminal.locator('..')), { y: 200 });
    await shows(terminal, '^[[<64;');
    await watcher.context().close();
  });

  it('the answers to a question come first, and are pressed', async () => {
    await start('asks', 'printf \'Apply 3 migrations? [y/N] \'; read x; echo "answered $x"; sleep 600');
    const terminal = await openTerminal(phone, muster, 'asks');
    await phone
      .getByRole('toolbar', { name: 'Answers' })
      .getByRole('button', { name: 'N', exact: true })
      .click();
    await phone.getByRole('toolbar', { name: 'Answers' }).getByRole('button', { name: 'Enter' }).click();
    await shows(terminal, 'answered N');
  });
});
