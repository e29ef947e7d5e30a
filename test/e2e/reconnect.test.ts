import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { agentIs, createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

/** M9, ms: what passes before each try after the first. */
const WAITS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const JITTER = 0.2;
/** ms a refused dial and a busy machine may add. */
const SLACK = 250;
const FAILURES_BEFORE_BUTTON = 5;

let muster: Muster;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  page = await (await browser.newContext()).newPage();
  await page.addInitScript(() => {
    const dials: number[] = [];
    /** How many dials there had been when the button came. */
    const button = { dials: 0 };
    Object.assign(globalThis, { dials, button });
    new MutationObserver(() => {
      const shown = [...document.querySelectorAll('button')].some(
        (each) => each.textContent === 'Reconnect now',
      );
      if (shown && button.dials === 0) button.dials = dials.length;
    }).observe(document, { subtree: true, childList: true });
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        if (String(url).includes('/ws/dashboard')) dials.push(performance.now());
        super(url, protocols);
      }
    };
  });
  await signIn(page, muster);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const dials = () => page.evaluate(() => (globalThis as unknown as { dials: number[] }).dials);

it('[M9] dials after 1, 2, 4, 8, 16 and 30 s ± 20 %, offers a button after the fifth failure, and is in step again', async () => {
  const client = openClient(muster);
  await createAgent(client, muster, {
    agentId: 'shell',
    program: ['bash', '--norc', '--noprofile'],
    terminal: { cols: 80, rows: 24 },
    environment: { PS1: '$ ' },
  });
  client.close();
  const terminal = await openTerminal(page, muster, 'shell');
  // A connection counts only once it has stood for a moment.
  await page.waitForFunction(() => {
    const { dials } = globalThis as unknown as { dials: number[] };
    return performance.now() - (dials.at(-1) ?? 0) > 2_000;
  });
  const before = (await dials()).length;
  await muster.sigkill();

  const button = page.getByRole('button', { name: 'Reconnect now' });
  await button.waitFor({ timeout: 60_000 });
  const seen = await page.evaluate(
    () => (globalThis as unknown as { button: { dials: number } }).button.dials,
  );
  expect(seen - before).toBe(FAILURES_BEFORE_BUTTON);
  await vi.waitFor(async () => expect((await dials()).length).toBe(before + WAITS.length + 1), {
    timeout: 90_000,
    interval: 100,
  });
  const tries = (await dials()).slice(before);
  const waited = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  process.stdout.write(`waits: ${waited.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(', ')}\n`);
  for (const [index, wait] of WAITS.entries()) {
    expect(waited[index]).toBeGreaterThanOrEqual(wait * (1 - JITTER));
    expect(waited[index]).toBeLessThanOrEqual(wait * (1 + JITTER) + SLACK);
  }

  await muster.start();
  await button.click();
  await page.getByText('Connected').first().waitFor({ timeout: 10_000 });
  // The host's own links wait up to 36 s after so long a silence.
  const after = openClient(muster);
  await agentIs(after, 'shell', ({ connection }) => connection === 'online');
  after.close();
  await terminal.click();
  await page.keyboard.type('echo back-$((40+2))\n');
  await vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain('back-42'), {
    timeout: 20_000,
    interval: 100,
  });
}, 240_000);
