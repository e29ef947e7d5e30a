import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOf, screenOfCast } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 60_000, interval: 100 };
const SIZE = { cols: 100, rows: 30 };
/** Keeps programs from reading this machine's own settings. */
const PLAIN = {
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  PS1: '$ ',
  TERM: 'xterm-256color',
  COLORTERM: 'truecolor',
};
const NEXT = 'successor\r\n';

const PROMPT = `
from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
session = PromptSession(bottom_toolbar='a toolbar', mouse_support=True)
while True:
    print('said ' + session.prompt('ask> '))
`;

/** Each asks its terminal something, or leaves it in many modes: what it is run as, what it shows, what is typed to it. */
const PROGRAMS: readonly { name: string; line: string; shows: string; keys?: string; after?: string }[] = [
  // It warns where nobody tells it where its cursor is.
  {
    name: 'prompt-toolkit',
    line: 'exec python3 prompt.py',
    shows: 'ask>',
    keys: 'hello\r',
    after: 'said hello',
  },
  {
    name: 'vim',
    line: "exec vim -u NONE -N -c 'set number hlsearch mouse=a' -c /two text.txt",
    shows: 'three',
  },
  { name: 'less', line: 'exec less -N --mouse text.txt', shows: 'three' },
  {
    name: 'tmux',
    line: 'exec tmux -f /dev/null -L muster-$$ new-session sh',
    shows: '[0]',
    keys: 'echo in-$((1+1))\r',
    after: 'in-2',
  },
  { name: 'fzf', line: 'exec fzf < text.txt', shows: '120/120', keys: 'two', after: '40/120' },
];

let muster: Muster;
let client: MusterClient;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  await signIn(page, muster);
  writeFileSync(join(muster.directory, 'text.txt'), 'one\ntwo äöü 漢字\nthree 👨‍👩‍👧‍👦 ⚠️\n'.repeat(40));
  writeFileSync(join(muster.directory, 'prompt.py'), PROMPT);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

describe('[P7] [P8] a real program that asks its terminal', () => {
  it.each(PROGRAMS)(
    '$name: is answered, is drawn right, is killed, and leaves its successor a clean screen',
    { timeout: 180_000 },
    async ({ name, line, shows, keys, after }) => {
      const first = join(muster.directory, 'first');
      writeFileSync(first, '');
      const program = [
        'sh',
        '-c',
        `if [ -e first ]; then ${line}; fi; printf 'successor\\n'; exec sleep 1000`,
      ] as const;
      await createAgent(client, muster, { agentId: name, program, terminal: SIZE, environment: PLAIN });
      const mirror = new Mirror(client, name, SIZE);
      const text = async () => (await mirror.screen()).text.join('\n');
      // Nobody watches with a terminal of their own yet.
      await vi.waitFor(async () => expect(await text()).toContain(shows), WAIT);
      const terminal = await openTerminal(page, muster, name);
      if (keys !== undefined && after !== undefined) {
        mirror.feed.input(keys);
        await vi.waitFor(async () => expect(await text()).toContain(after), WAIT);
      }
      await vi.waitFor(async () => expect(await screenOf(terminal)).toEqual(await mirror.screen()), WAIT);
      expect(await text()).not.toMatch(/doesn't support|CPR|\d+;\d+R|rgb:/);
      const again = await openTerminal(page, muster, name);
      await vi.waitFor(async () => expect(await screenOf(again)).toEqual(await mirror.screen()), WAIT);

      rmSync(first);
      await client.request('agent:restart', { agentId: name, force: true });
      await vi.waitFor(async () => expect(await text()).toContain('successor'), WAIT);
      const [cols = 0, rows = 0] = (await mirror.screen()).size.split(/[x ]/).map(Number);
      const clean = await screenOfCast({
        width: cols,
        height: rows,
        timestamp: 0,
        events: [{ time: 0, code: 'o', data: NEXT }],
      });
      await vi.waitFor(async () => expect(await screenOf(again)).toEqual(clean), WAIT);
      const reloaded = await openTerminal(page, muster, name);
      await vi.waitFor(async () => expect(await screenOf(reloaded)).toEqual(clean), WAIT);
      expect(existsSync(first)).toBe(false);
      mirror.close();
    },
  );
});
