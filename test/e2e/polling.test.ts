import { createClient, type MusterClient } from '@muster/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { Console } from '../harness/console.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Printer } from '../harness/oracle.ts';
import { inMs, MB, rate, report } from '../harness/report.ts';
import { screenOf } from '../harness/screen.ts';
import { dial, OutputHasher, openClient } from '../harness/viewer.ts';

const PRINT_MS = 60_000;

let muster: Muster;
let browser: Browser;
beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** A client whose sockets come to nothing while `blocked`. */
function blockedClient(): { readonly client: MusterClient; blocked: boolean } {
  const network = { blocked: true };
  const client = createClient({
    url: muster.url,
    team: muster.ready.team,
    token: () => Promise.resolve(muster.token),
    webSocket: (url, protocols) => {
      if (network.blocked) throw new Error('sockets are blocked here');
      return dial(url, protocols);
    },
  });
  return Object.assign(network, { client });
}

/** Resolves when the client is connected, by polls or by sockets. */
function connected(client: MusterClient, polling: boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const state = client.connection;
      if (state.name !== 'connected' || (state.polling === true) !== polling) return;
      stop();
      resolve();
    };
    const stop = client.on('connection', look);
    look();
  });
}

describe('a client without sockets', () => {
  it('[M10] polls: what it creates runs, what it types arrives, what is printed comes byte for byte, also through a restart', async () => {
    const { client } = blockedClient();
    await connected(client, true);
    await hostIsOnline(client);
    await createAgent(client, muster, { agentId: 'cat', program: ['cat'] });
    const typed = new OutputHasher(client, 'cat');
    await vi.waitFor(() => expect(typed.feed.input('by polling\n')).toBe(true), { timeout: 20_000 });
    await typed.reaches('by polling\n'.length);
    typed.close();

    const printer = new Printer(muster, 20 * MB, { rate: 4 * MB });
    await createAgent(client, muster, { agentId: 'long', program: printer.program });
    const began = performance.now();
    const polled = new OutputHasher(client, 'long');
    await polled.reaches(4 * MB);
    await muster.sigkill();
    await muster.start();
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    await polled.reaches(bytes);
    report(`20 MB by polling, through a restart: ${rate(bytes, performance.now() - began)}`);
    const plain = openClient(muster);
    const socket = new OutputHasher(plain, 'long');
    await socket.reaches(bytes);
    expect([polled.sha256, polled.gaps]).toEqual([sha256, 0]);
    expect(polled.sha256).toBe(socket.sha256);
    expect(client.connection).toMatchObject({ name: 'connected', polling: true });
    plain.close();
    client.close();
  });

  it('[M10] goes back to sockets when they can be had again, and misses nothing', async () => {
    const network = blockedClient();
    const { client } = network;
    await connected(client, true);
    const printer = new Printer(muster, 40 * MB, { rate: MB });
    await createAgent(client, muster, { agentId: 'back', program: printer.program });
    const digest = new OutputHasher(client, 'back');
    await digest.reaches(MB);
    network.blocked = false;
    const began = performance.now();
    await connected(client, false);
    report(`back to sockets after ${inMs(performance.now() - began)}`);
    const { bytes, sha256 } = await printer.printed(PRINT_MS);
    await digest.reaches(bytes);
    expect([digest.sha256, digest.gaps]).toEqual([sha256, 0]);
    expect(digest.feed.connection).toEqual({ name: 'connected', since: expect.any(Number) });
    client.close();
  });
});

describe('a page without sockets', () => {
  let page: Page;
  beforeAll(async () => {
    page = await (await browser.newContext()).newPage();
    await page.addInitScript(() => {
      globalThis.WebSocket = class {
        constructor() {
          throw new DOMException('blocked', 'SecurityError');
        }
      } as unknown as typeof WebSocket;
    });
    await signIn(page, muster);
  });

  it('[M10] creates an agent, types and shows what it prints', async () => {
    await page.getByText('Connected by polling').first().waitFor({ timeout: 20_000 });
    await page.goto(`${muster.url}/new`);
    await page.getByLabel('Program', { exact: true }).fill('bash --norc --noprofile');
    await page.getByLabel('Name', { exact: true }).fill('polled');
    await page.getByLabel('Directory', { exact: true }).fill(muster.directory);
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.waitForURL('**/agents/polled', { timeout: 20_000 });
    const terminal = await openTerminal(page, muster, 'polled');
    const shows = (text: string) =>
      vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(text), {
        timeout: 20_000,
        interval: 100,
      });
    // The page that was loaded anew has to find out first that there are no sockets.
    await shows('bash-');
    await terminal.click();
    await page.keyboard.type('echo typed-$((40+2))\n');
    await shows('typed-42');
  });

  it('[M10] runs commands: what waits is moved and cancelled, what is over shows its output and exit code', async () => {
    const console = await Console.open(page, muster, 'polled');
    const queue = (...lines: string[]) =>
      vi.waitFor(async () => expect(await console.queue()).toEqual(lines), {
        timeout: 20_000,
        interval: 100,
      });
    await console.run('sleep 600');
    for (const line of ['echo one', 'echo two; exit 3', 'echo three']) await console.run(line);
    await queue('echo one', 'echo two; exit 3', 'echo three');
    await console.drag('echo two; exit 3', 'echo one');
    await queue('echo two; exit 3', 'echo one', 'echo three');
    await console.pane.getByLabel('Cancel echo three').click();
    await queue('echo two; exit 3', 'echo one');
    await console.running('sleep 600').getByRole('button', { name: 'Stop' }).click();
    await console.ended('echo two; exit 3').getByTestId('result').getByText('exit 3').waitFor();
    await console.ended('echo one').getByTestId('output').getByText('one', { exact: true }).waitFor();
  });
});
