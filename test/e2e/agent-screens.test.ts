import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { report } from '../harness/report.ts';
import { Mirror, type Screen, screenOf, screenOfCast } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 90_000, interval: 500 };
const SIZE = { cols: 110, rows: 34 };
/** A directory with the agents' packages installed: `npm install opencode-ai @openai/codex @anthropic-ai/claude-agent-sdk`. */
const AGENTS = process.env['MUSTER_AGENT_PACKAGES'] ?? '';
const NOBODY = 'http://127.0.0.1:9';
const MODEL = {
  provider: {
    fake: {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: `${NOBODY}/v1`, apiKey: 'x' },
      models: { m1: { name: 'M1', limit: { context: 100_000, output: 4_000 } } },
    },
  },
  model: 'fake/m1',
  autoupdate: false,
};

const PROGRAMS: readonly { name: string; file: string; shows: RegExp }[] = [
  { name: 'opencode', file: '.bin/opencode', shows: /M1|ask|tab/i },
  { name: 'claude', file: '@anthropic-ai/claude-agent-sdk-linux-x64/claude', shows: /claude/i },
  { name: 'codex', file: '.bin/codex', shows: /codex/i },
];
const fileOf = (name: string) => join(AGENTS, 'node_modules', name);

let muster: Muster;
let client: MusterClient;
let browser: Browser;
let page: Page;

describe.runIf(AGENTS !== '')('[P7] [P8] an agent’s own screen', () => {
  beforeAll(async () => {
    [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
    client = openClient(muster);
    page = await (await browser.newContext({ viewport: { width: 1500, height: 950 } })).newPage();
    await signIn(page, muster);
    for (const name of ['.config/opencode', '.claude', '.codex'])
      mkdirSync(join(muster.directory, 'home', name), { recursive: true });
    writeFileSync(join(muster.directory, 'home/.config/opencode/opencode.json'), JSON.stringify(MODEL));
  });
  afterAll(async () => {
    client.close();
    await browser.close();
    await muster[Symbol.asyncDispose]();
  });

  it.each(PROGRAMS)(
    '$name is drawn right, is killed, and leaves its successor a clean screen',
    { timeout: 300_000 },
    async ({ name, file, shows }) => {
      expect(existsSync(fileOf(file)), fileOf(file)).toBe(true);
      const first = join(muster.directory, 'first');
      writeFileSync(first, '');
      const home = join(muster.directory, 'home');
      const environment = {
        HOME: home,
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        IS_SANDBOX: '1',
        ANTHROPIC_BASE_URL: NOBODY,
        ANTHROPIC_API_KEY: 'nobody-is-there',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        NO_BROWSER: '1',
      };
      const line = `if [ -e first ]; then exec ${fileOf(file)}; fi; printf 'successor\\n'; exec sleep 1000`;
      await createAgent(client, muster, {
        agentId: name,
        program: ['sh', '-c', line],
        terminal: SIZE,
        environment,
      });
      const mirror = new Mirror(client, name, SIZE);
      let bytes = Buffer.alloc(0);
      mirror.feed.on('output', ({ frames }) => {
        for (const { data } of frames) bytes = Buffer.concat([bytes, data]);
      });
      const terminal = await openTerminal(page, muster, name);
      await vi.waitFor(async () => expect((await mirror.screen()).text.join('\n')).toMatch(shows), WAIT);
      // Animated parts are compared where both show the same moment.
      await vi.waitFor(async () => expect(await screenOf(terminal)).toEqual(await mirror.screen()), WAIT);
      const again = await openTerminal(page, muster, name);
      await vi.waitFor(async () => expect(await screenOf(again)).toEqual(await mirror.screen()), WAIT);
      report(
        `${name}: ${bytes.length} bytes\n${(await mirror.screen()).text.filter((row) => row !== '').join('\n')}`,
      );

      rmSync(first);
      await client.request('agent:restart', { agentId: name, force: true });
      await vi.waitFor(async () => expect((await mirror.screen()).text[0]).toBe('successor'), WAIT);
      const [cols = 0, rows = 0] = (await mirror.screen()).size.split(/[x ]/).map(Number);
      const event = { time: 0, code: 'o', data: 'successor\r\n' } as const;
      const clean: Screen = await screenOfCast({ width: cols, height: rows, timestamp: 0, events: [event] });
      await vi.waitFor(async () => expect(await screenOf(again)).toEqual(clean), WAIT);
      const reloaded = await openTerminal(page, muster, name);
      await vi.waitFor(async () => expect(await screenOf(reloaded)).toEqual(clean), WAIT);
      mirror.close();
    },
  );
});
