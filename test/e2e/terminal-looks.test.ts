import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { seriousFindings } from '../harness/axe.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { Console } from '../harness/console.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { placeOf, shows, stateOf } from '../harness/page-actions.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 20_000, interval: 100 };
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const SIZE = { cols: 80, rows: 24 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
const BASH = ['bash', '--norc', '--noprofile'] as const;
const BOX = ['┌───┐', '│ a │', '│ b │', '│ c │', '│ d │', '└───┘'];
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
describe('[X23] links', () => {
  it('an address that is pressed shows its host apart and whole, and opens nothing by itself', async () => {
    const long = `https://${'accounts.google.com.'.repeat(9)}evil.example/p?q=1`;
    await start(
      'links',
      `echo 'see https://google.com@evil.example/login, ${long} src/checkout/total.ts:21'; printf '\\033]8;;https://evil.example/osc\\033\\\\docs.example\\033]8;;\\033\\\\\\n'; sleep 600`,
    );
    const terminal = await openTerminal(page, muster, 'links');
    await shows(terminal, 'docs.example');
    const bar = page.getByTestId('link-bar');
    const pages = page.context().pages().length;
    const press = async (text: string) => {
      const place = await placeOf(terminal, text);
      await page.mouse.move(place.x, place.y);
      await page.mouse.click(place.x, place.y);
    };
    await press('https://google');
    await vi.waitFor(
      async () => expect(await bar.getByTestId('link-host').textContent()).toBe('evil.example'),
      WAIT,
    );
    await bar.getByText('is a name to sign in with').waitFor();
    await press('https://accounts');
    await vi.waitFor(
      async () => expect(await bar.getByTestId('link-host').textContent()).toContain('.evil.example'),
      WAIT,
    );
    const cut = await bar
      .getByTestId('link-host')
      .evaluate((node) => node.scrollWidth > node.clientWidth + 1);
    expect(cut).toBe(false);
    await press('docs.example');
    await vi.waitFor(async () => expect(await bar.getByTestId('link-rest').textContent()).toBe('/osc'), WAIT);
    expect(page.context().pages()).toHaveLength(pages);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press('src/checkout');
    await bar.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('src/checkout/total.ts:21');
  });
});

describe('what is drawn', () => {
  it('boxes have no gaps between their lines, by the font that comes with the page', async () => {
    await start('boxes', `clear; printf '%s\\n' ${BOX.map((line) => `'${line}'`).join(' ')}; sleep 600`);
    const terminal = await openTerminal(page, muster, 'boxes');
    await shows(terminal, '└───┘');
    expect(await page.evaluate(() => document.fonts.check('13px "Muster Mono"'))).toBe(true);
    const [top, bottom] = [await placeOf(terminal, '┌'), await placeOf(terminal, '└')];
    await page.mouse.move(0, 0);
    const clip = { x: top.x - 5, y: top.y, width: 10, height: bottom.y - top.y };
    const png = (await page.screenshot({ clip })).toString('base64');
    /** The longest run of rows in which some column is drawn on, over the height. */
    const share = await page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0);
      const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? [];
      const ground = [pixels[0] ?? 0, pixels[1] ?? 0, pixels[2] ?? 0];
      const drawn = (x: number, y: number) =>
        [0, 1, 2].some((c) => Math.abs((pixels[(y * image.width + x) * 4 + c] ?? 0) - (ground[c] ?? 0)) > 60);
      const rows = Array.from({ length: image.height }, (_, y) => y);
      const columns = Array.from({ length: image.width }, (_, x) => rows.filter((y) => drawn(x, y)).length);
      return Math.max(...columns) / image.height;
    }, png);
    expect(share).toBeGreaterThan(0.99);
  });

  it('a tile that is too small shows the newest rows, at a size that can be read', async () => {
    const ids = ['t1', 't2', 't3', 't4', 't5', 't6', 't7'];
    for (const id of ids) await start(id, `seq 1 30; printf 'newest-${id} '; sleep 600`);
    await page.goto(`${muster.url}/wall?agents=${ids.join(',')}`);
    for (const id of ids) {
      const terminal = page.locator(
        `[data-testid=terminal][data-agent=${id}][data-ready]:not([data-replaying])`,
      );
      await shows(terminal, `newest-${id}`);
      expect((await stateOf(terminal)).font).toBeGreaterThanOrEqual(READABLE_PX);
      const box = await page.getByTestId(`tile-${id}`).boundingBox();
      await vi.waitFor(async () => {
        const { y } = await placeOf(terminal, `newest-${id}`);
        expect(y).toBeLessThan((box?.y ?? 0) + (box?.height ?? 0));
        expect(y).toBeGreaterThan((box?.y ?? 0) + (box?.height ?? 0) / 2);
      }, WAIT);
      expect((await stateOf(terminal)).size).toBe('80x24');
    }
  });

  it.each(['light', 'dark'] as const)(
    'axe finds nothing serious, %s, on a desk and in a hand',
    async (colorScheme) => {
      await start(`axe-${colorScheme}`, "printf 'Go on? [y/N] '; read x");
      for (const one of [page, phone]) {
        await one.emulateMedia({ colorScheme });
        await openTerminal(one, muster, `axe-${colorScheme}`);
        expect(await seriousFindings(one)).toEqual([]);
        await one.getByRole('button', { name: 'Details' }).click();
        expect(await seriousFindings(one)).toEqual([]);
        await one.goto(`${muster.url}/wall?agents=t1,t2`);
        await one.locator('[data-testid=terminal][data-agent=t2][data-ready]').waitFor();
        expect(await seriousFindings(one)).toEqual([]);
        await one.goto(`${muster.url}/agents/t1/recording`);
        await one.locator('[data-testid=playback][data-ready]').waitFor();
        expect(await seriousFindings(one)).toEqual([]);
      }
    },
  );
});

describe('while Muster cannot be reached', () => {
  it('nothing takes what it cannot send, each says so, and what was written stays', async () => {
    await start('away');
    const terminal = await openTerminal(page, muster, 'away');
    await shows(terminal, '$');
    const { pane } = await Console.open(page, muster, 'away');
    await pane.getByTestId('command-input').fill('make test');
    await openTerminal(phone, muster, 'away');
    await phone.getByLabel('Line to send').fill('git status');
    await muster.sigkill();
    for (const one of [page, phone])
      await one.getByTestId('server-away').getByText('The server cannot be reached').waitFor();
    await terminal.click();
    await page.keyboard.type('x');
    await page.getByTestId('keyboard-line').getByText('nothing that is typed is sent').waitFor();
    await page.getByTestId('command-input').press('Enter');
    expect(await page.getByTestId('command-input').inputValue()).toBe('make test');
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).isDisabled()).toBe(true);
    await phone.getByLabel('Line to send').press('Enter');
    expect(await phone.getByLabel('Line to send').inputValue()).toBe('git status');
    expect(await phone.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await phone.getByText('nothing that is typed is sent').first().waitFor();
  });
});
