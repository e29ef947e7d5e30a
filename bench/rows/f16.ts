import type { Page } from 'playwright-core';
import { createAgent } from '../../test/harness/agents.ts';
import { openBrowser, signIn } from '../../test/harness/browser.ts';
import { Muster } from '../../test/harness/muster.ts';
import { openClient } from '../../test/harness/viewer.ts';
import { MUSTER } from '../lib/muster.ts';
import type { Row } from '../lib/row.ts';

/** A slow link: bytes a second down and up, ms there and back. */
const BYTES_PER_SECOND = 50_000;
const LATENCY_MS = 400;
const VIEWPORT = { width: 1440, height: 900 };

/** ms until a page that nobody has visited shows what it is for, over the slow link. */
async function ready(page: Page, address: string, selector: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: BYTES_PER_SECOND,
    uploadThroughput: BYTES_PER_SECOND,
  });
  const began = performance.now();
  await page.goto(address, { waitUntil: 'commit', timeout: 60_000 });
  await page.locator(selector).first().waitFor({ timeout: 60_000 });
  return performance.now() - began;
}

/** The dashboard over a slow link, visited for the first time. */
export const f16: Row = {
  id: 'F16',
  figures: [
    {
      key: 'list',
      what: `the list of agents over ${BYTES_PER_SECOND / 1_000} kB/s and ${LATENCY_MS} ms, first visit`,
      unit: 'ms',
      goals: [{ kind: 'most', value: 4_000 }],
    },
    {
      key: 'agent',
      what: "an agent's terminal over the same",
      unit: 'ms',
      goals: [{ kind: 'most', value: 7_000 }],
    },
  ],
  async open() {
    const muster = new Muster({});
    await muster.start();
    const browser = await openBrowser();
    const client = openClient(muster);
    await createAgent(client, muster, {
      agentId: 'shell',
      program: ['sh', '-c', 'echo ready; exec sleep 100000'],
      terminal: { cols: 80, rows: 24 },
    });
    const first = await browser.newContext();
    await signIn(await first.newPage(), muster);
    // Signed in, and nothing else that a visit leaves.
    const { cookies } = await first.storageState();
    await first.close();
    const visit = async (path: string, selector: string) => {
      const context = await browser.newContext({
        storageState: { cookies, origins: [] },
        viewport: VIEWPORT,
      });
      try {
        return await ready(await context.newPage(), muster.url + path, selector);
      } finally {
        await context.close();
      }
    };
    return {
      muster: {
        ...MUSTER,
        sample: async () => ({
          list: await visit('/', '[data-testid=agent-shell]'),
          agent: await visit('/agents/shell', '[data-testid=terminal][data-ready]:not([data-replaying])'),
        }),
        [Symbol.asyncDispose]: async () => {
          client.close();
          await browser.close();
          await muster.stop();
          await muster[Symbol.asyncDispose]();
        },
      },
      peers: [],
    };
  },
};
