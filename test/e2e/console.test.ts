import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agentIs, createAgent } from '../harness/agents.ts';
import { openBrowser } from '../harness/browser.ts';
import { Console } from '../harness/console.ts';
import { dialThrough, hostIsOnline } from '../harness/hosts.ts';
import { pageOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { FaultyProxy } from '../harness/proxy.ts';
import { inMs, report } from '../harness/report.ts';
import { screenOf } from '../harness/screen.ts';
import { survivorsOf } from '../harness/survivors.ts';
import { until } from '../harness/until.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 30_000, interval: 50 };
const VIEWPORT = { width: 1440, height: 900 };
/** A result is shown so soon after its host is back, ms. */
const SHOWN_MS = 1_000;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
/** Between the keepers and their rooms. */
let proxy: FaultyProxy;
let grace: Page;
let bob: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  await hostIsOnline(client);
  proxy = await FaultyProxy.open(muster.url);
  dialThrough(muster, proxy.url);
  [grace, bob] = await Promise.all([
    pageOf(browser, muster, { name: 'Grace', role: 'operator' }, VIEWPORT),
    pageOf(browser, muster, { name: 'Bob', role: 'operator' }, VIEWPORT),
  ]);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await proxy[Symbol.asyncDispose]();
  await muster[Symbol.asyncDispose]();
});

/** One agent's commands on two persons' pages. */
async function twoConsoles(agentId: string): Promise<readonly [Console, Console]> {
  await createAgent(client, muster, { agentId, program: ['cat'] });
  return [await Console.open(grace, muster, agentId), await Console.open(bob, muster, agentId)];
}

const reads = (row: Locator, testId: string, text: string) =>
  vi.waitFor(async () => expect(await row.getByTestId(testId).innerText()).toContain(text), WAIT);

const hostIsAway = (agentId: string) => {
  proxy.set('cut');
  return agentIs(client, agentId, ({ connection }) => connection === 'offline');
};
async function hostIsBack(agentId: string): Promise<number> {
  proxy.set('pass');
  await agentIs(client, agentId, ({ connection }) => connection === 'online');
  return performance.now();
}

describe('[B8] commands on two pages', () => {
  it('[M7] [M18] one types a command, both see it run, what it prints and how it ended', async () => {
    const [mine, theirs] = await twoConsoles('typed');
    const line = 'echo to-stdout; echo to-stderr >&2; exit 3';
    await mine.run(line);
    for (const page of [mine, theirs]) {
      const row = page.ended(line);
      await reads(row, 'result', 'exit 3');
      await reads(row, 'output', 'to-stdout');
      await reads(row, 'output', 'to-stderr');
    }
    await theirs.run('echo first; sleep 600');
    for (const page of [mine, theirs]) await reads(page.running('echo first; sleep 600'), 'output', 'first');
    await mine.running('echo first; sleep 600').getByRole('button', { name: 'Stop' }).click();
    for (const page of [mine, theirs]) await reads(page.ended('echo first; sleep 600'), 'result', 'stopped');
    await mine.pane.getByTestId('command-input').press('ArrowUp');
    expect(await mine.pane.getByTestId('command-input').inputValue()).toBe(line);
  });

  it('[Q1] [Q9] a drag on one page shows on the other, and is the order in which they run', async () => {
    const [mine, theirs] = await twoConsoles('dragged');
    await mine.run('sleep 600');
    for (const line of ['echo one', 'echo two', 'echo three']) await mine.run(line);
    const shows = (page: Console, ...lines: string[]) =>
      vi.waitFor(async () => expect(await page.queue()).toEqual(lines), WAIT);
    await shows(theirs, 'echo one', 'echo two', 'echo three');
    await mine.drag('echo three', 'echo one');
    for (const page of [mine, theirs]) await shows(page, 'echo three', 'echo one', 'echo two');
    await theirs.drag('echo three', 'echo two');
    for (const page of [mine, theirs]) await shows(page, 'echo one', 'echo two', 'echo three');
    await theirs.run('echo now', { priority: 'high' });
    await shows(mine, 'echo now', 'echo one', 'echo two', 'echo three');
    await mine.running('sleep 600').getByRole('button', { name: 'Stop' }).click();
    await reads(theirs.ended('echo three'), 'result', 'exit 0');
    const past = await theirs.pane
      .getByTestId('ended')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-command')));
    expect(past).toEqual(['sleep 600', 'echo now', 'echo one', 'echo two', 'echo three']);
  });

  it('[P1] an interactive one has a terminal: the page that started it types at once, another sees it and may type too', async () => {
    const [mine, theirs] = await twoConsoles('interactive');
    const line = 'while read -p "name? " name; do printf "\\033[1;31mhello\\033[0m %s\\n" "$name"; done';
    await mine.run(`bash -c '${line}'`, { interactive: true });
    const terminalOf = (page: Console) => page.pane.getByTestId('command-terminal');
    const shows = (page: Console, text: string) =>
      vi.waitFor(
        async () => expect((await screenOf(terminalOf(page))).text.join('\n')).toContain(text),
        WAIT,
      );
    for (const page of [mine, theirs]) await shows(page, 'name?');
    await mine.page.keyboard.type('Grace\n');
    for (const page of [mine, theirs]) await shows(page, 'name? Grace\nhello Grace\nname?');
    await terminalOf(theirs).click();
    await theirs.page.keyboard.type('Bob\n');
    for (const page of [mine, theirs]) await shows(page, 'hello Bob\nname?');
    expect(await screenOf(terminalOf(mine))).toEqual(await screenOf(terminalOf(theirs)));
    await mine.page.keyboard.press('Control+D');
    for (const page of [mine, theirs]) {
      await reads(page.ended(`bash -c '${line}'`), 'result', 'exit 0');
      await shows(page, 'hello Bob');
    }
    expect(
      await mine.pane.getByTestId('command-input').evaluate((field) => field === document.activeElement),
    ).toBe(true);
  });

  it('[B9e] is as wide as fits the page that asked for it, and is drawn so on every other', async () => {
    const [mine, theirs] = await twoConsoles('sized');
    const line = `bash -c 'while read -p "go? "; do stty size; done'`;
    await mine.run(line, { interactive: true });
    const screen = (page: Console) => screenOf(page.pane.getByTestId('command-terminal'));
    const colsOf = async (page: Console) => Number.parseInt((await screen(page)).size, 10);
    /** Resolves to its columns when the program and both pages have them. */
    const sizedOtherThan = (before: number) =>
      vi.waitFor(async () => {
        const cols = await colsOf(mine);
        expect(cols).not.toBe(before);
        expect(await colsOf(theirs)).toBe(cols);
        await mine.page.keyboard.type('\n');
        for (const page of [mine, theirs])
          expect((await screen(page)).text.join('\n')).toMatch(new RegExp(`24 ${cols}\\ngo\\?\\s*$`));
        return cols;
      }, WAIT);
    const cols = await sizedOtherThan(80);
    await mine.page.setViewportSize({ ...VIEWPORT, width: 1100 });
    const narrow = await sizedOtherThan(cols);
    expect(narrow).toBeLessThan(cols);
    await mine.page.setViewportSize(VIEWPORT);
    await sizedOtherThan(narrow);
    const late = await Console.open(bob, muster, 'sized');
    await vi.waitFor(async () => expect(await screen(late)).toEqual(await screen(mine)), WAIT);
    await mine.page.keyboard.press('Control+D');
    await reads(mine.ended(line), 'result', 'exit 0');
    await vi.waitFor(async () => expect(await colsOf(mine)).toBe(cols), WAIT);
  });

  it('[Q12] retries three times, then it is failed', async () => {
    const [mine, theirs] = await twoConsoles('retried');
    await mine.run('echo try >> tries; exit 7', { retries: 3 });
    const rows = theirs.pane.getByTestId('ended');
    await vi.waitFor(async () => expect(await rows.count()).toBe(4), WAIT);
    await reads(rows.last(), 'result', 'exit 7');
    expect(await rows.last().innerText()).toContain('try 4');
    expect(await theirs.queue()).toEqual([]);
  });
});

describe('[M17] the history page', () => {
  it('lists what was run with who asked for it, also for a retry, and finds it by its words', async () => {
    const [mine] = await twoConsoles('remembered');
    await mine.run('echo needle; exit 6', { retries: 1 });
    await vi.waitFor(async () => expect(await mine.pane.getByTestId('ended').count()).toBe(2), WAIT);
    await mine.run('echo haystack');
    const past = bob.getByTestId('past');
    await vi.waitFor(async () => {
      await bob.goto(`${muster.url}/history?agent=remembered`);
      await past.first().waitFor({ timeout: 2_000 });
      expect(await past.count()).toBe(3);
    }, WAIT);
    for (const row of await past.all()) expect(await row.innerText()).toContain('Grace');
    await bob.getByLabel('Search commands, their output and conversations').fill('needle');
    await vi.waitFor(async () => expect(await past.count()).toBe(2), WAIT);
    await past.last().getByRole('button').first().click();
    await bob.getByTestId('past-details').getByText('asked for').waitFor();
    expect(await past.first().innerText()).toContain('try 2');
  });
});

/** Resolves once a late viewer gets a snapshot instead of the output so far (S14). */
const screenStandsForAll = (agentId: string) =>
  vi.waitFor(async () => {
    const feed = client.open(agentId, { history: 'screen' });
    let printed = 0;
    feed.on('commandOutput', () => {
      printed += 1;
    });
    try {
      await new Promise<void>((resolve) => feed.on('replaying', (replaying) => replaying || resolve()));
      expect(printed).toBe(0);
    } finally {
      feed.close();
    }
  }, WAIT);

describe('[S14] a page that is loaded later', () => {
  it('reads what commands printed before, where its terminal is shown by a screen', async () => {
    await createAgent(client, muster, {
      agentId: 'later',
      program: ['sh', '-c', 'echo ready; exec cat'],
      terminal: { cols: 80, rows: 24 },
    });
    const mine = await Console.open(grace, muster, 'later');
    await mine.run('seq 1 1000; echo to-stderr >&2');
    await reads(mine.ended('seq 1 1000; echo to-stderr >&2'), 'result', 'exit 0');
    const line = 'echo early; while [ ! -e go ]; do sleep 0.1; done; rm go; echo late';
    await mine.run(line);
    await reads(mine.running(line), 'output', 'early');
    await client.request('agent:restart', { agentId: 'later' });
    await screenStandsForAll('later');
    const theirs = await Console.open(bob, muster, 'later');
    await reads(theirs.running(line), 'output', 'early');
    writeFileSync(join(muster.directory, 'go'), '');
    await reads(theirs.ended(line), 'output', 'late');
    expect(await theirs.ended(line).getByTestId('output').innerText()).toMatch(/^early\s+late$/);
    const past = theirs.ended('seq 1 1000; echo to-stderr >&2');
    await past.getByRole('button', { expanded: false }).click();
    await reads(past, 'output', 'to-stderr');
    const lines = (await past.getByTestId('output').innerText()).trim().split(/\s+/);
    expect(lines).toEqual([...Array.from({ length: 1000 }, (_, index) => String(index + 1)), 'to-stderr']);
  });
});

describe('[B1] commands and a host that is away', () => {
  it('[Q8] what is held runs when it is back', async () => {
    const [mine, theirs] = await twoConsoles('held');
    await hostIsAway('held');
    await mine.pane.getByText('is offline: what you run here is held').waitFor();
    await mine.run('echo held');
    await vi.waitFor(async () => expect(await theirs.queue()).toEqual(['echo held']), WAIT);
    await hostIsBack('held');
    for (const page of [mine, theirs]) {
      await reads(page.ended('echo held'), 'result', 'exit 0');
      await reads(page.ended('echo held'), 'output', 'held');
    }
  });

  it('[Q10] what ends meanwhile shows its result within a second of the reconnect', async () => {
    const [mine, theirs] = await twoConsoles('away');
    const line = 'echo before; while [ ! -e go ]; do sleep 0.1; done; rm go; echo after; exit 4';
    await mine.run(line);
    await reads(theirs.running(line), 'output', 'before');
    await hostIsAway('away');
    writeFileSync(join(muster.directory, 'go'), '');
    const over = () => !survivorsOf(muster.tag).some(({ command }) => command.includes('echo before'));
    await until('it has ended', WAIT.timeout, over);
    const back = await hostIsBack('away');
    for (const page of [mine, theirs]) await page.ended(line).waitFor();
    const took = performance.now() - back;
    report(`a result, shown on two pages ${inMs(took)} after its host was back`);
    expect(took).toBeLessThan(SHOWN_MS);
    for (const page of [mine, theirs]) {
      await reads(page.ended(line), 'result', 'exit 4');
      await reads(page.ended(line), 'output', 'after');
    }
  });

  it('[Q10] one that runs while the server is killed and started shows all it printed and its result', async () => {
    const [mine, theirs] = await twoConsoles('restarted');
    const line = 'echo before; while [ ! -e go ]; do sleep 0.1; done; rm go; echo after; exit 5';
    await mine.run(line);
    await mine.run('echo next');
    await reads(theirs.running(line), 'output', 'before');
    await muster.sigkill();
    writeFileSync(join(muster.directory, 'go'), '');
    await muster.start();
    for (const page of [mine, theirs]) {
      await reads(page.ended(line), 'result', 'exit 5');
      await reads(page.ended('echo next'), 'result', 'exit 0');
      await page.ended(line).getByRole('button', { expanded: false }).click();
      await reads(page.ended(line), 'output', 'before');
      await reads(page.ended(line), 'output', 'after');
      expect(await page.ended(line).innerText()).not.toContain('not on this page');
    }
  });
});
