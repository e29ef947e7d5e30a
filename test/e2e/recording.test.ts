import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent } from '../harness/agents.ts';
import { readCast } from '../harness/asciicast.ts';
import { playedByAsciinema } from '../harness/asciinema.ts';
import { openBrowser } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { Mirror, screenOfCast } from '../harness/screen.ts';
import { OutputHasher, openClient } from '../harness/viewer.ts';

const WAIT = { timeout: 45_000, interval: 100 };
const SIZE = { cols: 97, rows: 31 };
const PLAIN = { HOME: '/nonexistent', LANG: 'C.UTF-8', PS1: '$ ', TERM: 'xterm-256color' };

let muster: Muster;
let client: MusterClient;
let browser: Browser;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  writeFileSync(join(muster.directory, 'text.txt'), 'one\ntwo äöü 漢字 🦊\nthree\n'.repeat(40));
  // Text that vim shifts: xterm.js 6.0 leaves a letter behind a shifted emoji, which asciinema's own player rightly does not.
  writeFileSync(join(muster.directory, 'shifted.txt'), 'one\ntwo äöü 漢字\nthree\n'.repeat(40));
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const fetchRecording = (agentId: string, query = '') =>
  fetch(`${muster.url}/api/agents/${agentId}/recording${query}`, {
    headers: { authorization: `Bearer ${muster.token}` },
  });

async function recordingOf(agentId: string, query = '') {
  const response = await fetchRecording(agentId, query);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-asciicast']);
  return readCast(new Uint8Array(await response.arrayBuffer()));
}

/** Resolves when the agent has printed all that it will, and the mirror has read it. */
const shows = (mirror: Mirror, text: string) =>
  vi.waitFor(async () => expect((await mirror.screen()).text.join('\n')).toContain(text), WAIT);

describe('a recorded terminal', () => {
  it('[B11] replays to the screen that the live one shows, and says its sizes and times', async () => {
    const program = ['bash', '-c', 'echo first; exec vim -n -u NONE -c "set number" shifted.txt'] as const;
    await createAgent(client, muster, { agentId: 'vim', program, terminal: SIZE, environment: PLAIN });
    await client.request('agent:update', { agentId: 'vim', recording: true });
    const mirror = new Mirror(client, 'vim', SIZE);
    await shows(mirror, 'three');
    mirror.feed.resize(80, 20);
    await vi.waitFor(async () => expect((await mirror.screen()).size).toBe('80x20 alternate'), WAIT);
    mirror.feed.input('10Gyy5p:set nonumber\r');
    await vi.waitFor(async () => expect((await mirror.screen()).text[0]).not.toMatch(/^\s*\d/), WAIT);
    const cast = await recordingOf('vim');
    expect([cast.width, cast.height]).toEqual([SIZE.cols, SIZE.rows]);
    expect(cast.events.filter(({ code }) => code === 'r').map(({ data }) => data)).toContain('80x20');
    expect(Math.abs(cast.timestamp - Date.now() / 1000)).toBeLessThan(120);
    await vi.waitFor(
      async () => expect(await screenOfCast(await recordingOf('vim'))).toEqual(await mirror.screen()),
      WAIT,
    );
    const played = await playedByAsciinema(browser, await (await fetchRecording('vim')).text());
    expect(played).toEqual((await mirror.screen()).text);
    mirror.close();
  });

  it('[S5] [B11] whose beginning is gone still ends on the right screen', async () => {
    const program = ['bash', '-c', 'seq 1000000 2600000; exec vim -n -u NONE text.txt'] as const;
    await createAgent(client, muster, { agentId: 'much', program, terminal: SIZE, environment: PLAIN });
    const mirror = new Mirror(client, 'much', SIZE);
    await shows(mirror, 'three');
    await vi.waitFor(async () => {
      const cast = await recordingOf('much');
      expect(cast.events[0]).toMatchObject({ code: 'm', data: 'the beginning is no longer kept' });
      expect(cast.events.some(({ data }) => data.startsWith('\x18\x1bc'))).toBe(true);
      expect(await screenOfCast(cast)).toEqual(await mirror.screen());
    }, WAIT);
    const played = await playedByAsciinema(browser, await (await fetchRecording('much')).text());
    expect(played).toEqual((await mirror.screen()).text);
    mirror.close();
  });
});

describe('recorded pipes', () => {
  it('[B11] hold both streams, whole, with the returns that a terminal needs', async () => {
    const program = ['bash', '-c', 'for i in $(seq 500); do echo "línea $i"; echo "ⓔ $i" >&2; done'] as const;
    await createAgent(client, muster, { agentId: 'pipes', program });
    const digest = new OutputHasher(client, 'pipes');
    await digest.reaches(500 * 15);
    const text = await vi.waitFor(async () => {
      const { events } = await recordingOf('pipes');
      const printed = events.map(({ data }) => data).join('');
      expect(printed).toContain('ⓔ 500\r\n');
      expect(printed).toContain('línea 500\r\n');
      return printed;
    }, WAIT);
    expect(text.split('\r\n').filter((line) => line.startsWith('ⓔ'))).toHaveLength(500);
    digest.close();
  });
});

describe('the address of a recording', () => {
  it('[B11] refuses an agent that is not there, and times that are none', async () => {
    expect((await fetchRecording('nobody')).status).toBe(404);
    expect((await fetchRecording('pipes', '?from=yesterday')).status).toBe(400);
    expect((await fetchRecording('pipes', '?from=2&to=1')).status).toBe(400);
  });
});
