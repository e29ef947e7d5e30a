import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser } from '../harness/browser.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { pageOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { screenOf } from '../harness/screen.ts';
import { until } from '../harness/until.ts';
import { OutputHasher, openClient } from '../harness/viewer.ts';

const SIZE = { width: 1000, height: 700 };
const WAIT_MS = 30_000;
const OWN = 'what I copied myself';
const TITLE = '<b>me</b>\u202e31m';

/** Whatever makes a terminal answer, or reach beyond itself; `\\033` as printf writes it. */
const ASKING = [
  ...['[c', '[0c', '[>c', '[=c', '[5n', '[6n', '[?6n', '[?15n', '[?25n', '[?26n', '[?53n', '[x', '[>q'],
  ...['[11t', '[13t', '[14t', '[16t', '[18t', '[19t', '[20t', '[21t', '[?1$p', '[4$p', '[?u', '[?996n'],
  ...[
    'P$qm\\033\\\\',
    'P$qr\\033\\\\',
    'P$q q\\033\\\\',
    'P+q544e\\033\\\\',
    'P0;0|x\\033\\\\',
    'Z',
    '_Gi=1,a=q\\033\\\\',
  ],
  ...[
    ']4;1;?\\a',
    ']10;?\\a',
    ']11;?\\a',
    ']12;?\\a',
    ']17;?\\a',
    ']104\\a',
    ']52;c;?\\a',
    ']52;p;?\\033\\\\',
  ],
  ...[
    ']52;c;c3RvbGVu\\a',
    ']52;;c3RvbGVu\\033\\\\',
    ']52;cps;c3RvbGVu\\a',
    ']1337;Copy=:c3RvbGVu\\a',
    '\\005',
  ],
].map((sequence) => (sequence.startsWith('\\005') ? '\\005' : `\\033${sequence}`));

/** Asks when it is told to, a few times over, and says how much came back within 3 s. */
const script = (directory: string) => `
stty raw -echo min 0 time 30
for go in 0 1 2; do
  while [ ! -e ${directory}/go$go ]; do sleep 0.05; done
  for again in 1 2 3 4 5; do printf '\\033[H${ASKING.join('').replaceAll("'", '')}'; done
  printf '\\033]2;<b>me</b>\\342\\200\\25631m\\033\\\\'
  printf 'round %s heard %s.' $go $(cat | wc -c)
done
sleep 600`;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  await hostIsOnline(client);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function watcher(name: string): Promise<{ page: Page; terminal: Locator }> {
  const page = await pageOf(browser, muster, { name, role: 'operator' }, SIZE);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: muster.url });
  const terminal = await openTerminal(page, muster, 'asks');
  await page.evaluate((text) => navigator.clipboard.writeText(text), OWN);
  return { page, terminal };
}

describe('[X6] battery 16: what watches and does not type', () => {
  it('gives a program not one byte, live or replayed, and never its clipboard: its keeper answers (P8)', async () => {
    await createAgent(client, muster, {
      agentId: 'asks',
      program: ['sh', '-c', script(muster.directory)],
      terminal: { cols: 80, rows: 24 },
      environment: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    const seen = new OutputHasher(client, 'asks');
    let text = '';
    seen.feed.on('output', ({ frames }) => {
      for (const { data } of frames) text += new TextDecoder().decode(data);
    });
    const heard = (round: number) =>
      until(`round ${round}`, WAIT_MS, () => new RegExp(`round ${round} heard (\\d+)\\.`).exec(text)?.[1]);
    writeFileSync(join(muster.directory, 'go0'), '');
    const alone = await heard(0);
    expect(Number(alone)).toBeGreaterThan(0);
    const pages = [await watcher('Grace'), await watcher('Bob')];
    writeFileSync(join(muster.directory, 'go1'), '');
    expect(await heard(1)).toBe(alone);
    // A late page parses the same, from a replay or a snapshot; one that was there has it twice.
    pages.push(await watcher('Cleo'));
    writeFileSync(join(muster.directory, 'go2'), '');
    expect(await heard(2)).toBe(alone);
    for (const { page, terminal } of pages) {
      await until('the page is up to date', WAIT_MS, () => text.includes('round 2'));
      await page.bringToFront();
      expect((await screenOf(terminal)).text.join('')).toContain(`round 2 heard ${alone}.`);
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(OWN);
      const title = page.getByTestId('terminal-title');
      expect(await title.textContent()).toBe(TITLE.replace('\u202e', '\\u202e'));
      expect(await page.title()).not.toContain('\u202e');
    }
    seen.close();
  });
});
