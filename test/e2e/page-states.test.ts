import type { MusterClient } from '@muster/client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentIs, createAgent } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { hasFocus } from '../harness/page-actions.ts';
import { openClient } from '../harness/viewer.ts';

const HOUR_MS = 3_600_000;
const SIZE = { width: 1440, height: 900 } as const;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  const first = await browser.newContext();
  await signIn(await first.newPage(), muster);
  signedIn = await first.storageState();
  await first.close();
  await createAgent(client, muster, { agentId: 'alpha', program: ['cat'] });
  await createAgent(client, muster, { agentId: 'beta', program: ['sleep', '100000'] });
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** A page whose machine's clock is so far ahead, ms. */
async function openPage(ahead = 0): Promise<Page> {
  const context = await browser.newContext({ storageState: signedIn, viewport: SIZE });
  await context.addInitScript((ms) => {
    const Own = Date;
    globalThis.Date = class extends Own {
      constructor(...given: unknown[]) {
        super(...((given.length === 0 ? [Own.now() + ms] : given) as []));
      }
      static override now = () => Own.now() + ms;
    } as DateConstructor;
  }, ahead);
  return context.newPage();
}
const row = (page: Page, agentId: string) => page.getByTestId(`agent-${agentId}`);

describe('[M12] a browser whose clock is off', () => {
  it.each([
    ['3 h ahead', 3 * HOUR_MS],
    ['3 h behind', -3 * HOUR_MS],
  ])('by %s shows ages and durations as they are', async (_, ahead) => {
    const page = await openPage(ahead);
    await page.goto(muster.url);
    await row(page, 'beta').waitFor();
    expect(await row(page, 'beta').innerText()).not.toMatch(/\d+h|\d+d/);
    const command = 'sleep 600';
    const { result } = await client.request('command:request', { agentId: 'alpha', command });
    await page.goto(`${muster.url}/agents/alpha`);
    await page.getByRole('button', { name: /^Commands/ }).click();
    const running = page.locator(`[data-running="${String(result?.['commandId'])}"]`);
    // Seconds or a slow machine's minutes, and neither nothing nor hours.
    await running.getByText(/^(?:[1-9]\d*s|\dm \d\ds)$/).waitFor();
    await client.request('command:interrupt', { commandId: String(result?.['commandId']), force: true });
    await page.context().close();
  });
});

describe('[B13] the list of agents', () => {
  it('keeps its filters in the address: they survive the way back and a reload, and Escape takes them off', async () => {
    const page = await openPage();
    await page.goto(muster.url);
    await row(page, 'alpha').waitFor();
    const find = page.getByRole('searchbox', { name: 'Find agents' });
    await find.fill('alp');
    await page.getByRole('button', { name: /^running/i }).click();
    await row(page, 'beta').waitFor({ state: 'detached' });
    await row(page, 'alpha').getByRole('link').click();
    await page.waitForURL('**/agents/alpha');
    await page.goBack();
    for (const act of [async () => undefined, () => page.reload()]) {
      await act();
      await row(page, 'alpha').waitFor();
      expect(await find.inputValue()).toBe('alp');
      expect(await row(page, 'beta').count()).toBe(0);
      expect(new URL(page.url()).search).toBe('?q=alp&status=running');
    }
    await find.press('Escape');
    await row(page, 'beta').waitFor();
    expect(await find.inputValue()).toBe('');
    expect(new URL(page.url()).search).toBe('?status=running');
    await page.context().close();
  });

  it('keeps the tiles of the wall and the filters of history and audit on the way back', async () => {
    const page = await openPage();
    for (const [address, away] of [
      ['/wall?agents=alpha,beta', '/team/hosts'],
      ['/history?text=sleep&status=interrupted', '/team/hosts'],
      ['/audit?agent=alpha', '/team/hosts'],
    ] as const) {
      await page.goto(muster.url + address);
      await page.locator('h1').first().waitFor();
      await page.goto(muster.url + away);
      await page.goBack();
      await page.waitForURL(muster.url + address);
    }
    await page.context().close();
  });
});

describe('[B14] what ends a program', () => {
  it('can be taken back for 5 s; a second press does not wait; what is not taken back is done', async () => {
    const page = await openPage();
    await page.goto(`${muster.url}/agents/beta`);
    const stop = page.getByRole('button', { name: 'Stop', exact: true });
    await stop.click();
    await page.getByRole('button', { name: /^Undo/ }).click();
    await stop.waitFor();
    expect(client.agents.find(({ agentId }) => agentId === 'beta')?.status).toBe('running');
    await stop.click();
    await page.getByRole('button', { name: 'Stop now' }).click();
    await agentIs(client, 'beta', ({ status }) => status === 'stopped');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await agentIs(client, 'beta', ({ status }) => status === 'running');
    await page.context().close();
  });

  it('is sent as the page is closed, and works by keyboard alone', async () => {
    const page = await openPage();
    await page.goto(muster.url);
    await row(page, 'beta').getByRole('button', { name: 'More actions for beta' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: /^Stop/ }).waitFor();
    await page.keyboard.type('st');
    await page.keyboard.press('Enter');
    await page.getByTestId('undo-beta').waitFor();
    await page.goto('about:blank');
    await agentIs(client, 'beta', ({ status }) => status === 'stopped');
    await page.context().close();
  });
});

describe('a terminal that is slow to come', () => {
  it('says that it loads, and no longer once it is there', async () => {
    const page = await openPage();
    const gate = Promise.withResolvers<void>();
    await page.routeWebSocket(/\/ws\/agents\//, async (socket) => {
      await gate.promise;
      socket.connectToServer();
    });
    await page.goto(`${muster.url}/agents/alpha`);
    const note = page.getByText('Loading the terminal…');
    await note.waitFor();
    gate.resolve();
    await note.waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('deleting an agent', () => {
  it('is in the menu of a row, asks for the name, and gives the focus back when it is called off', async () => {
    await createAgent(client, muster, { agentId: 'doomed', program: ['cat'] });
    const page = await openPage();
    await page.goto(muster.url);
    const menu = row(page, 'doomed').getByRole('button', { name: 'More actions for doomed' });
    const ask = async () => {
      await menu.click();
      await page.getByRole('menuitem', { name: /^Delete/ }).click();
      await hasFocus(page.getByLabel('Type doomed to confirm'));
    };
    await ask();
    await page.keyboard.type('doome');
    expect(await page.getByRole('button', { name: 'Delete agent' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await hasFocus(menu);
    await ask();
    await page.keyboard.type('doomed');
    await page.keyboard.press('Enter');
    await row(page, 'doomed').waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('[M2a] a program that ends again and again', () => {
  it('says so in the list and on its page, and is not green in between', async () => {
    await client.request('agent:create', {
      name: 'crasher',
      kind: 'process',
      program: { command: 'sh', args: ['-c', 'exit 3'] },
      workspace: muster.directory,
      terminal: false,
      restart: 'on-failure',
    });
    const page = await openPage();
    await page.goto(muster.url);
    await row(page, 'crasher')
      .getByText(/\d times, exit 3, next try (in \d+ s|now)/)
      .waitFor();
    await row(page, 'crasher').getByText('Crashing').waitFor();
    await page.goto(`${muster.url}/agents/crasher`);
    await page
      .getByTestId('status')
      .getByText(/times, exit 3/)
      .waitFor();
    await client.request('agent:delete', { agentId: 'crasher' });
    await page.context().close();
  });
});

describe('[B15] landing', () => {
  const landing = async (path: string, state?: typeof signedIn) => {
    const context = await browser.newContext(state === undefined ? {} : { storageState: state });
    const page = await context.newPage();
    await page.goto(muster.url + path);
    return page;
  };

  it.each([
    ['/join', 'This link is not whole'],
    ['/signin#code=made-up', 'This link is not whole'],
    ['/', 'You are not signed in'],
  ])('at %s says %s', async (path, title) => {
    const page = await landing(path);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.context().close();
  });

  it('by an invitation is told what it is, and what became of it', async () => {
    const page = await landing('/join#code=made-up');
    await page.getByRole('heading', { name: 'You are invited' }).waitFor();
    await page.getByRole('button', { name: 'Join the team' }).click();
    await page.getByRole('heading', { name: 'This link is not whole' }).waitFor();
    expect(await page.locator('main').innerText()).not.toContain('npm run');
    await page.context().close();
    const again = await landing('/join', signedIn);
    await again.getByRole('heading', { name: 'You are in already' }).waitFor();
    await again.context().close();
  });
});

describe('[B16] a server that is away', () => {
  it('is said as such, with when, and nothing is offered that cannot be sent', async () => {
    const page = await openPage();
    await page.goto(muster.url);
    await row(page, 'alpha').waitFor();
    const team = await openPage();
    await team.goto(`${muster.url}/team`);
    const invite = team.getByRole('button', { name: 'Invite…' });
    await eventually(async () => expect(await invite.isEnabled()).toBe(true));
    await muster.sigkill();
    // Each page finds that out, and that it is back, by itself.
    const away = [page, team].map((each) => each.getByTestId('server-away'));
    for (const said of away) await said.getByText('The server cannot be reached.').waitFor();
    expect(await row(page, 'alpha').innerText()).not.toMatch(/offline/i);
    const more = row(page, 'alpha').getByRole('button', { name: 'More actions for alpha' });
    await eventually(async () => expect(await more.isDisabled()).toBe(true));
    await eventually(async () => expect(await invite.isDisabled()).toBe(true));
    await muster.start();
    for (const said of away) await said.waitFor({ state: 'detached' });
    await eventually(async () => expect(await invite.isEnabled()).toBe(true));
    await Promise.all([page.context().close(), team.context().close()]);
  });
});
