import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFeed, MusterClient } from '@muster/client';
import type { Snapshot } from '@muster/protocol';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { partsOf } from '../harness/processor.ts';
import { inMb, inMs, report } from '../harness/report.ts';
import { Mirror, screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 45_000, interval: 100 };
const SIZE = { cols: 97, rows: 31 };
/** Keeps programs from reading this machine's own settings. */
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };
/** 6 MB of lines before the screen that counts: more than a snapshot is taken after. */
const PRINT = 'seq 1000000 1700000';
/** Of what a page is sent to show the screen at once. */
const MOST_BYTES = 400_000;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let page: Page;
let other: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  writeFileSync(join(muster.directory, 'text.txt'), 'one\ntwo äöü 漢字\nthree\n'.repeat(40));
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  page = await context.newPage();
  await signIn(page, muster);
  const storageState = await context.storageState();
  other = await (await browser.newContext({ viewport: { width: 800, height: 600 }, storageState })).newPage();
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** A snapshot that stands for all there is, once the host has sent it. */
function wholeSnapshot(agentId: string): Promise<Snapshot> {
  return vi.waitFor(async () => {
    const feed = client.open(agentId, { history: 'screen' });
    try {
      const snapshot = await new Promise<Snapshot>((resolve, reject) => {
        feed.on('snapshot', resolve);
        feed.on('replaying', (replaying) => replaying || reject(new Error('no snapshot')));
      });
      await live(feed);
      expect(feed.cursor).toEqual({ epoch: snapshot.epoch, sequence: snapshot.sequence });
      return snapshot;
    } finally {
      feed.close();
    }
  }, WAIT);
}

/** Resolves when its replay is over. */
const live = (feed: AgentFeed) =>
  new Promise<void>((resolve) => feed.on('replaying', (replaying) => replaying || resolve()));

/** Bytes of output that a page is sent from now on. */
function receivedBy(watched: Page): () => number {
  let bytes = 0;
  watched.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      bytes += payload.length;
    }),
  );
  return () => bytes;
}

describe('the screen of a terminal that has printed 6 MB and shows vim', () => {
  it('[S14] is there at once on every page, cell by cell, from a snapshot', async () => {
    const program = [
      'bash',
      '-c',
      `${PRINT}; exec vim -n -u NONE -c 'set number hlsearch' -c /two text.txt`,
    ] as const;
    await createAgent(client, muster, { agentId: 'much', program, terminal: SIZE, environment: PLAIN });
    const mirror = new Mirror(client, 'much', SIZE);
    await vi.waitFor(async () => expect((await mirror.screen()).text.join()).toContain('three'), WAIT);
    const { data, sequence } = await wholeSnapshot('much');
    for (const watched of [other, page]) {
      const received = receivedBy(watched);
      const began = performance.now();
      const terminal = await openTerminal(watched, muster, 'much');
      await vi.waitFor(
        async () => expect((await screenOf(terminal)).text).toEqual((await mirror.screen()).text),
        WAIT,
      );
      report(
        `a snapshot of ${inMb(data.length)}: the page has its screen after ${inMs(performance.now() - began)}`,
      );
      expect(await screenOf(terminal)).toEqual(await mirror.screen());
      expect(received()).toBeLessThan(MOST_BYTES);
    }
    expect((await mirror.screen()).size).toContain('alternate');
    expect(sequence).toBeGreaterThan(100);
    mirror.close();
  });

  it('[S14] is still shown, and marked, when the host is away', async () => {
    // Somebody else watches, so that no page gives the program another size.
    const mirror = new Mirror(client, 'much', SIZE);
    await vi.waitFor(async () => expect((await mirror.screen()).text.join()).toContain('three'), WAIT);
    await wholeSnapshot('much');
    const before = await mirror.screen();
    mirror.close();
    const { runner } = muster.running;
    if (runner === undefined) throw new Error('no runner runs');
    const host = [runner, ...partsOf(muster.tag).filter(({ part }) => part === 'keeper')];
    await muster.sigkill();
    for (const { pid } of host) process.kill(pid, 'SIGKILL');
    await muster.start(['--no-runner']);
    for (const watched of [page, other]) {
      const last = await openTerminal(watched, muster, 'much');
      await watched.locator('[data-testid=offline]').waitFor();
      await vi.waitFor(async () => expect(await screenOf(last)).toEqual(before), WAIT);
    }
  });
});
