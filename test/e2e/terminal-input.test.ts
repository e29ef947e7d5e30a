import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { dropOn, pasteInto } from '../harness/page-actions.ts';
import { screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 100 };
const ECHO = join(PROJECT, 'test', 'harness', 'programs', 'echo-keys.mjs');
const SIZE = { cols: 120, rows: 30 };
/** Tries to end the paste by each known way, and to run something behind it. */
const HOSTILE = 'a\x1b[201~id\x1b[2\x1b[201~01~b\x9b201~c\x03\x04d';
const HARMLESS = 'a[201~id[2[201~01~b201~cd';

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(page, muster);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** A program that shows the bytes it is given, once it has said `first` and takes keys. */
async function openEcho(agentId: string, first: string): Promise<Locator> {
  const program = [process.execPath, ECHO, first] as const;
  await createAgent(client, muster, { agentId, program, terminal: SIZE });
  const terminal = await openTerminal(page, muster, agentId);
  await vi.waitFor(async () => expect(await textOf(terminal)).toContain('ready'), WAIT);
  return terminal;
}
const textOf = async (terminal: Locator) => (await screenOf(terminal)).text.join('\n');
/** The program's input, piece by piece. */
const got = async (terminal: Locator) =>
  [...(await textOf(terminal)).matchAll(/^got (".*")$/gm)].map(([, json]) =>
    String(JSON.parse(json ?? '""')),
  );
const gets = (terminal: Locator, pieces: string) =>
  vi.waitFor(async () => expect((await got(terminal)).join('')).toBe(pieces), WAIT);
const dialog = () => page.getByTestId('paste-dialog');

describe('[X22] pasting is text', () => {
  it('a program that is told of pastes gets one, whole and without an end of its own, by every way', async () => {
    const terminal = await openEcho('told', '\\e[?2004h');
    const sent = `\x1b[200~${HARMLESS}\x1b[201~`;
    await pasteInto(terminal, HOSTILE);
    await gets(terminal, sent);
    await dropOn(terminal, HOSTILE);
    await gets(terminal, sent.repeat(2));
    // As a phone's keyboard inserts what it kept from the clipboard.
    await page.keyboard.insertText('x\x1b[201~y\nz');
    await gets(terminal, `${sent.repeat(2)}\x1b[200~x[201~y\rz\x1b[201~`);
    expect(await dialog().isVisible()).toBe(false);
  });

  it('a program that is not told of pastes gets several lines only after a person saw them', async () => {
    const terminal = await openEcho('untold', '');
    await pasteInto(terminal, 'one line');
    await gets(terminal, 'one line');
    await pasteInto(terminal, 'ls\u202e\n\x1b]0;x\x07id\u200b\n');
    await dialog().waitFor();
    expect(await page.getByTestId('paste-text').textContent()).toBe('ls\\u202e\n␛]0;x␇id\\u200b');
    // The text must not run as if Enter was pressed.
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'detached' });
    await pasteInto(terminal, 'ls\nid');
    await page.getByRole('button', { name: 'Paste and run' }).click();
    await gets(terminal, 'one linels\rid');
    await page.keyboard.type('k');
    await gets(terminal, 'one linels\ridk');
  });

  it('what an input method composed is no way around it', async () => {
    const terminal = await openEcho('composed', '');
    const session = await page.context().newCDPSession(page);
    const compose = async (text: string) => {
      await session.send('Input.imeSetComposition', { text, selectionStart: 0, selectionEnd: text.length });
      await session.send('Input.insertText', { text });
    };
    await compose('漢字');
    await gets(terminal, '漢字');
    await compose('ls\nid');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    expect(await got(terminal)).toEqual(['漢字']);
  });

  it('the composer of commands takes text alone, and says what in it cannot be seen', async () => {
    await openEcho('composer', '');
    await page.getByTitle('Commands (Ctrl+Shift+Enter)').click();
    const field = page.getByTestId('command-input');
    await field.evaluate((node) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'echo a\x1b[201~\r\nrm \u2800b');
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
    expect(await field.inputValue()).toBe('echo a[201~\nrm \u2800b');
    await page.getByTestId('hidden-characters').getByText('1 character in it cannot be seen').waitFor();
    await page.getByTestId('hidden-characters').getByText('rm \\u2800b').waitFor();
  });
});

describe('keys', () => {
  it('after CSI > 1 u keys that were ambiguous say which they are, until the program takes it back', async () => {
    const terminal = await openEcho('kitty', '\\e[>1u');
    const keys = ['Shift+Enter', 'Escape', 'Control+c', 'Shift+Tab', 'Enter', 'a', 'ArrowUp', 'Alt+Enter'];
    for (const key of keys) await page.keyboard.press(key);
    const sent = ['\x1b[13;2u', '\x1b[27u', '\x1b[99;5u', '\x1b[9;2u', '\r', 'a', '\x1b[A', '\x1b[13;3u'];
    await gets(terminal, sent.join(''));
  });

  it('without it Shift+Enter is Enter', async () => {
    const terminal = await openEcho('plain', '\\e[>1u\\e[<u');
    await page.keyboard.press('Shift+Enter');
    await gets(terminal, '\r');
  });

  it('each screen has flags of its own, and a reset forgets them', async () => {
    const terminal = await openEcho('screens', '\\e[>1u\\e[?1049h');
    await page.keyboard.press('Escape');
    await gets(terminal, '\x1b');
    const again = await openEcho('reset', '\\e[>1u\\ec');
    await page.keyboard.press('Escape');
    await gets(again, '\x1b');
  });

  it('Ctrl+C copies what is selected, and interrupts where nothing is', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const terminal = await openEcho('copy', 'select-me ');
    await terminal.evaluate((host) => Reflect.get(host, 'musterTerminal').select(0, 0, 9));
    await page.keyboard.press('Control+c');
    await eventually(async () =>
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('select-me'),
    );
    expect(await got(terminal)).toEqual([]);
    await page.keyboard.press('Control+c');
    await gets(terminal, '\x03');
  });
});

describe('an input method near the right edge', () => {
  it('composes inside the terminal, and moves nothing', async () => {
    const terminal = await openEcho('ime', `${'x'.repeat(150)}`);
    const box = terminal.locator('..');
    const session = await page.context().newCDPSession(page);
    const text = '長い文章を変換しているところです'.repeat(12);
    for (let length = 8; length <= text.length; length += 8)
      await session.send('Input.imeSetComposition', {
        text: text.slice(0, length),
        selectionStart: length,
        selectionEnd: length,
      });
    const view = await terminal.locator('.composition-view').boundingBox();
    const around = await box.boundingBox();
    expect(view).not.toBeNull();
    expect((view?.x ?? 0) + (view?.width ?? 0)).toBeLessThanOrEqual(
      (around?.x ?? 0) + (around?.width ?? 0) + 1,
    );
    expect(view?.x).toBeGreaterThanOrEqual(around?.x ?? 0);
    const shifted = await box.evaluate((node) => {
      const places: number[] = [];
      for (let each: Element | null = node; each !== null; each = each.parentElement)
        places.push(each.scrollLeft, each.scrollTop);
      const [screen, own] = [node.querySelector('.xterm-screen'), node.getBoundingClientRect()];
      return [...places, Math.round((screen?.getBoundingClientRect().left ?? 0) - own.left - 10)];
    });
    expect(shifted.every((one) => one === 0)).toBe(true);
  });
});
