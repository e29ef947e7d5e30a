import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { MusterClient } from '@muster/client';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAgent, openTerminal } from '../harness/agents.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { cli } from '../harness/host-cli.ts';
import { hostIsOnline } from '../harness/hosts.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { inMs, report } from '../harness/report.ts';
import { screenOf } from '../harness/screen.ts';
import { openClient } from '../harness/viewer.ts';

/** M13: a change reaches every open page in so many ms. */
const ENDED_MS = 5_000;
const WAIT = { timeout: 20_000, interval: 100 };
/** A changed role is on its member's page after so many ms. */
const TOLD_MS = 1_000;

let muster: Muster;
let browser: Browser;
let client: MusterClient;
let owner: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  client = openClient(muster);
  await hostIsOnline(client);
  owner = await newPage();
  await signIn(owner, muster);
});
afterAll(async () => {
  client.close();
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

const newPage = async () => (await browser.newContext()).newPage();
const section = async (page: Page, name: string) => {
  await page.getByRole('link', { name: 'Team', exact: true }).click();
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name, exact: true }).click();
};
const choose = (page: Page, role: string) =>
  page
    .locator('label')
    .filter({ has: page.getByRole('radio', { name: role }) })
    .click();
const button = (page: Page | Locator, name: string | RegExp) => page.getByRole('button', { name });
const press = (page: Page, name: string | RegExp) => button(page, name).click();

/** Makes an invitation on the owner's page; resolves to its link, which is shown no more. */
async function invite(name: string, role: string): Promise<string> {
  await section(owner, 'Members');
  await press(owner, 'Invite…');
  await owner.getByLabel('Name', { exact: true }).fill(name);
  await choose(owner, role);
  await press(owner, 'Make the link');
  const link = await owner.getByTestId('once').innerText();
  await press(owner, 'Done');
  expect(await owner.getByTestId('once').count()).toBe(0);
  return link;
}

/** Changes a member's role on the owner's members page. */
async function changeRole(name: string, role: string): Promise<void> {
  await press(owner, `Change ${name}`);
  await choose(owner, role);
  await press(owner, 'Save');
}

async function removeMember(name: string): Promise<void> {
  await press(owner, `Remove ${name}`);
  await button(owner.getByRole('alertdialog'), `Remove ${name}`).click();
}

/** Follows an invitation in a browser of its own. */
async function accept(link: string): Promise<Page> {
  const page = await newPage();
  await page.goto(link);
  await press(page, 'Join the team');
  await press(page, 'Not now');
  await page.getByText('Connected').first().waitFor();
  expect(page.url()).not.toContain('code=');
  return page;
}

/** How long the page takes to show that nobody is signed in, ms. */
async function signedOut(page: Page, since: number): Promise<number> {
  await page.getByTestId('signed-out').waitFor();
  return performance.now() - since;
}

describe('[M13] members', () => {
  it('[X3] [X5] are invited by a link that works once, and follow what an admin changes while their page is open', async () => {
    await createAgent(client, muster, { agentId: 'steered', program: ['cat'] });
    const link = await invite('Grace', 'operator');
    const grace = await accept(link);
    await grace.goto(`${muster.url}/agents/steered`);
    const outcome = (name: string) => grace.locator(`[data-testid=outcome][data-outcome=${name}]`).first();
    await press(grace, 'More actions for steered');
    await grace.getByRole('menuitem', { name: /^Pause/ }).click();
    await outcome('done').waitFor();

    await owner.reload();
    await changeRole('Grace', 'viewer');
    await button(grace, 'Resume').waitFor({ state: 'detached' });

    await removeMember('Grace');
    const took = await signedOut(grace, performance.now());
    report(`a removed member's open page shows it after ${inMs(took)}`);
    expect(took).toBeLessThan(ENDED_MS);
    await owner.getByText('Grace').waitFor({ state: 'detached' });

    const late = await newPage();
    await late.goto(link);
    await press(late, 'Join the team');
    await late.getByRole('alert').waitFor();
  });

  it('[X5] a page follows its role at once, without a reload: no keyboard and no command box for a viewer, and back', async () => {
    await createAgent(client, muster, {
      agentId: 'typed',
      program: ['cat'],
      terminal: { cols: 80, rows: 24 },
    });
    const bea = await accept(await invite('Bea', 'operator'));
    const terminal = await openTerminal(bea, muster, 'typed');
    await bea.getByRole('button', { name: 'Commands', exact: true }).click();
    const offered = [bea.getByTestId('command-input'), bea.getByRole('group', { name: 'Program' })];
    for (const one of offered) await one.waitFor();
    const shows = (text: string) =>
      vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(text), WAIT);
    await terminal.click();
    await bea.keyboard.type('before\n');
    await shows('before');
    const since = await bea.evaluate(() => performance.timeOrigin);

    await owner.reload();
    for (const [role, state] of [
      ['viewer', 'detached'],
      ['operator', 'visible'],
    ] as const) {
      await changeRole('Bea', role);
      const asked = performance.now();
      for (const one of offered) await one.waitFor({ state });
      const took = performance.now() - asked;
      report(`a page shows that its member is ${role} after ${inMs(took)}`);
      expect(took).toBeLessThan(TOLD_MS);
      await terminal.click();
      await bea.keyboard.type(`as ${role}\n`);
      if (role === 'viewer') await bea.getByText('Your role may watch, not type.').waitFor();
    }
    await shows('as operator');
    expect((await screenOf(terminal)).text.join('\n')).not.toContain('as viewer');
    expect(await bea.evaluate(() => performance.timeOrigin)).toBe(since);
    await removeMember('Bea');
    await button(owner, 'Change Bea').waitFor({ state: 'detached' });
  });

  it('[X5] a page keeps a role that it heard of while an older answer was on its way', async () => {
    await createAgent(client, muster, { agentId: 'raced', program: ['cat'] });
    const cyd = await accept(await invite('Cyd', 'operator'));
    await cyd.goto(`${muster.url}/agents/raced`);
    const more = button(cyd, 'More actions for raced');
    await more.waitFor();
    const asked = Promise.withResolvers<void>();
    const changed = Promise.withResolvers<void>();
    await cyd.route('**/api/auth/me', async (route) => {
      const response = await route.fetch();
      asked.resolve();
      await changed.promise;
      await route.fulfill({ response });
    });
    // The page asks again whenever somebody comes back to it.
    await cyd.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
    await asked.promise;

    await owner.reload();
    await changeRole('Cyd', 'viewer');
    await more.waitFor({ state: 'detached' });
    const answer = cyd.waitForResponse('**/api/auth/me');
    changed.resolve();
    await (await answer).finished();
    await cyd.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(await more.count()).toBe(0);
    await removeMember('Cyd');
    await button(owner, 'Change Cyd').waitFor({ state: 'detached' });
  });

  it('[X3] join by no invitation that was withdrawn', async () => {
    const link = await invite('Bob', 'viewer');
    await press(owner, 'Withdraw the invitation of Bob');
    await owner.getByTestId('invitation').waitFor({ state: 'detached' });
    const bob = await newPage();
    await bob.goto(link);
    await press(bob, 'Join the team');
    await bob.getByRole('alert').waitFor();
  });

  it('[X5] see neither members nor invitations unless they are admins', async () => {
    const eve = await accept(await invite('Eve', 'viewer'));
    await eve.goto(`${muster.url}/team`);
    await eve.getByText('is for admins').waitFor();
    expect(await eve.getByRole('link', { name: 'Members' }).count()).toBe(0);
  });

  it('[X5] include one admin: the form tells the last of them why they stay one', async () => {
    await section(owner, 'Members');
    await press(owner, /^Change /);
    await choose(owner, 'operator');
    await press(owner, 'Save');
    await owner.getByRole('alert').getByText('needs one admin').waitFor();
  });
});

describe('[X3] my devices', () => {
  it('shows where one is signed in, and ends it there', async () => {
    const script = join(PROJECT, 'scripts', 'link.mjs');
    const link = execFileSync(process.execPath, [script, '--data', muster.data], { encoding: 'utf8' }).trim();
    const other = await newPage();
    await other.goto(link);
    await other.getByText('Connected').first().waitFor();
    await section(owner, 'My devices');
    const browsers = owner.getByTestId('device').filter({ hasText: 'Chrome' });
    const foreign = browsers.filter({ hasNotText: 'this one' });
    await foreign.getByRole('button', { name: 'Sign out' }).click();
    expect(await signedOut(other, performance.now())).toBeLessThan(ENDED_MS);
    await foreign.waitFor({ state: 'detached' });
    expect(await browsers.count()).toBe(1);
  });
});

describe('[X5] API tokens', () => {
  it('are shown once, work, and are refused once they are revoked', async () => {
    await section(owner, 'API tokens');
    await press(owner, 'New token…');
    await owner.getByLabel('Name', { exact: true }).fill('nightly');
    await press(owner, 'Make the token');
    const token = await owner.getByTestId('once').innerText();
    const ask = async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${muster.url}/api/agents`, { headers })).status;
    };
    expect(await ask()).toBe(200);
    await owner.reload();
    await owner.getByTestId('token').getByText('nightly').waitFor();
    expect(await owner.content()).not.toContain(token);
    await press(owner, 'Revoke nightly');
    await owner.getByRole('alertdialog').getByRole('button', { name: 'Revoke nightly' }).click();
    await owner.getByTestId('token').waitFor({ state: 'detached' });
    expect(await ask()).toBe(401);
  });
});

describe('[X4] hosts', () => {
  it('are added by a line that is copied, and revoked', async () => {
    await section(owner, 'Hosts');
    await press(owner, 'Add a host…');
    const [line = '', token = ''] = (await owner.getByTestId('once').innerText()).split('\n');
    const [program, script, command = '', url = '', ...input] = line.split(' ');
    expect([program, script, ...input]).toEqual(['node', 'agent-runner/dist/cli.js', "<<'END'"]);
    const where = ['--data', join(muster.directory, 'second'), '--root', muster.directory];
    await cli(muster, [command, url, ...where, '--name', 'second'], token);
    const row = owner.getByTestId('team-host').filter({ hasText: 'second' });
    await row.getByText('offline').waitFor();
    await press(owner, 'Revoke second');
    await owner.getByRole('alertdialog').getByRole('button', { name: 'Revoke second' }).click();
    await row.getByText('revoked').waitFor();
    await press(owner, 'Forget second');
    await owner.getByRole('alertdialog').getByRole('button', { name: 'Forget second' }).click();
    await row.waitFor({ state: 'detached' });
  });
});
