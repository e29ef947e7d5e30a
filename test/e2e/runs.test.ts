import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import headless from '@xterm/headless';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { readCast } from '../harness/asciicast.ts';
import { playedByAsciinema } from '../harness/asciinema.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { programFile } from '../harness/program-file.ts';
import { Mirror, type Screen, screenOf, screenOfCast } from '../harness/screen.ts';
import { TERMINAL_STATES } from '../harness/terminal-states.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 45_000, interval: 50 };
const SIZE = { cols: 80, rows: 24 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
/** Tells what the new run finds: where its cursor is, a tab, colours, letters that a charset would change. */
const PROBE = 'new\r\n\tlqqk\x1b8x\x1b[2;30Hé漢\r\n';

let muster: Muster;
let client: MusterClient;
let browser: Browser;
let page: Page;
let pageStarted: { terminal: Locator };

/** Its output is in `print` when it starts. */
const program = (directory: string) => ['bash', '-c', `cat ${directory}/print; exec sleep 1000`] as const;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  await signIn(page, muster);
  print('');
  await createAgent(client, muster, {
    agentId: 'runs',
    program: program(muster.directory),
    terminal: SIZE,
    environment: PLAIN,
  });
  pageStarted = { terminal: await openTerminal(page, muster, 'runs') };
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const print = (text: string | Uint8Array) => writeFileSync(join(muster.directory, 'print'), text);
const restart = () => client.request('agent:restart', { agentId: 'runs', force: true });

/** The screen of a fresh terminal. */
async function fresh(size: string): Promise<Screen> {
  const [cols = 80, rows = 24] = size.split(/[x ]/).map(Number);
  // The line discipline adds a return to each newline.
  const data = PROBE.replaceAll('\n', '\r\n');
  return screenOfCast({ width: cols, height: rows, timestamp: 0, events: [{ time: 0, code: 'o', data }] });
}

const modesOf = (terminal: Locator) =>
  terminal.evaluate((host) => {
    const { modes, options } = Reflect.get(host, 'musterTerminal');
    return { ...modes, convertEol: options.convertEol };
  });

async function recorded(): Promise<string> {
  const response = await fetch(`${muster.url}/api/agents/runs/recording`, {
    headers: { authorization: `Bearer ${muster.token}` },
  });
  return response.text();
}

describe('[P7] battery 26: a program is killed, and another starts in its terminal', () => {
  it('finds a fresh one, whatever was left: live, after a reload, in the recording, in any player', {
    timeout: 300_000,
  }, async () => {
    const mirror = new Mirror(client, 'runs', SIZE);
    let printed = '';
    mirror.feed.on('output', ({ frames }) => {
      for (const { data } of frames) printed += new TextDecoder().decode(data);
    });
    const { modes: freshModes } = new headless.Terminal({ ...SIZE, allowProposedApi: true });
    for (const [name, left] of Object.entries(TERMINAL_STATES)) {
      print(Buffer.concat([Buffer.from(`old ${name}\r\n`), Buffer.from(left)]));
      await restart();
      await vi.waitFor(() => expect(printed).toContain(`old ${name}`), WAIT);
      print(PROBE);
      await restart();
      await vi.waitFor(() => expect(printed).toContain('é漢'), WAIT);
      printed = '';
      const { terminal } = pageStarted;
      await vi.waitFor(async () => {
        const live = await screenOf(terminal);
        expect(live, name).toEqual(await fresh(live.size));
      }, WAIT);
      expect(await modesOf(terminal), name).toEqual({ ...freshModes, convertEol: false });
      pageStarted = { terminal: await openTerminal(page, muster, 'runs') };
      await vi.waitFor(async () => {
        const again = await screenOf(pageStarted.terminal);
        expect(again, name).toEqual(await fresh(again.size));
      }, WAIT);
      expect(await modesOf(pageStarted.terminal), name).toEqual({ ...freshModes, convertEol: false });
      const cast = readCast(new TextEncoder().encode(await recorded()));
      const played = await screenOfCast(cast);
      expect(played, name).toEqual(await fresh(played.size));
    }
    const last = await mirror.screen();
    expect(await playedByAsciinema(browser, await recorded())).toEqual(last.text);
    mirror.close();
  });

  it('keeps what was printed, and says between the runs how each ended', async () => {
    const text = await pageStarted.terminal.evaluate((host) => {
      const { normal } = Reflect.get(host, 'musterTerminal').buffer;
      return Array.from({ length: normal.length }, (_, y) => normal.getLine(y).translateToString(true)).join(
        '\n',
      );
    });
    expect(text).toContain('old mouse');
    expect(text).toContain('old every one at once');
    expect(text).toMatch(
      /── ended by SIGKILL at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC after [\d.]+ s · restarted by a person ──/,
    );
  });
});
it('[P7] the mouse and Enter in a shell run nothing that the program before it asked for', async () => {
  await createAgent(client, muster, {
    agentId: 'mice',
    program: ['bash', programFile('mouse-then-shell.sh'), join(muster.directory, 'second')],
    terminal: SIZE,
    environment: PLAIN,
  });
  const terminal = await openTerminal(page, muster, 'mice');
  const shows = (what: string) =>
    vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(what), WAIT);
  await shows('old');
  await terminal.click();
  // It moves all the time, so that something of it is under way whenever the shell starts.
  let moving = true;
  const box = await terminal.boundingBox();
  if (box === null) throw new Error('the terminal is nowhere');
  const moves = (async () => {
    for (let step = 0; moving; step += 1)
      await page.mouse.move(box.x + 20 + ((step * 37) % 300), box.y + 20 + ((step * 17) % 200));
  })();
  await client.request('agent:restart', { agentId: 'mice', force: true });
  await shows('bash-');
  await page.keyboard.press('Enter');
  await page.keyboard.type('echo typed-$((1+1))\n');
  await shows('typed-2');
  moving = false;
  await moves;
  const { text } = await screenOf(terminal);
  expect(text.join('\n')).not.toMatch(/not found|\d+;\d+[Mm]/);
});
