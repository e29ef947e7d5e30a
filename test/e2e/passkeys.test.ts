import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

let muster: Muster;
let browser: Browser;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster({ runner: false }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** Passkeys are of a name: an address has none. */
const named = () => `http://localhost:${new URL(muster.url).port}`;

/** A page of a browser whose authenticator says yes by itself. */
async function pageWithAuthenticator(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return page;
}

async function invite(name: string): Promise<string> {
  const response = await fetch(`${named()}/api/invitations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, role: 'viewer' }),
  });
  return z.object({ link: z.url() }).parse(await response.json()).link;
}

async function signOut(page: Page): Promise<void> {
  expect(await page.evaluate(async () => (await fetch('/api/auth/signout', { method: 'POST' })).status)).toBe(
    204,
  );
  await page.goto(named());
  await page.getByText('You are not signed in').waitFor();
}

describe('[X3a] a passkey', () => {
  it('is added by a member who came by an invitation, and signs them in until they delete it', async () => {
    const page = await pageWithAuthenticator();
    await page.goto(await invite('Łucja'));
    await page.getByRole('button', { name: 'Join the team' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('Connected').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/');

    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('Connected').first().waitFor();
    await page.getByRole('button', { name: 'Theme and account: Łucja' }).click();
    await page.getByRole('menuitem', { name: 'My passkeys' }).click();
    const own = page.getByRole('list', { name: 'Your passkeys' }).getByRole('listitem');
    await own.getByText('last used Today').waitFor();
    expect(await own.count()).toBe(1);

    await own.getByRole('button', { name: /^Delete/ }).click();
    await page.getByText('You have none yet').waitFor();
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('is not valid');
  });

  it('of another server is none of this one: its name is another origin’s', async () => {
    const page = await pageWithAuthenticator();
    await page.goto(`${muster.url}/signin`);
    await page.getByText('You are not signed in').waitFor();
    expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
  });

  it('needs a name: a page under an address shows the way to it', async () => {
    const page = await pageWithAuthenticator();
    await signIn(page, muster);
    await page.goto(`${muster.url}/team/passkeys`);
    const way = page.getByRole('link', { name: 'Open it as localhost' });
    expect(await way.getAttribute('href')).toBe(`${named()}/team/passkeys`);
  });

  it('[X3] an invitation’s page takes no press before its scripts are there', async () => {
    const page = await pageWithAuthenticator();
    const held = Promise.withResolvers<void>();
    await page.route('**/_app/**/*.js', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(await invite('Cy'), { waitUntil: 'commit' });
    const join = page.getByRole('button', { name: 'Join the team' });
    expect(await join.isDisabled()).toBe(true);
    held.resolve();
    await join.click();
    await page.getByText('You are in').waitFor();
  });

  it('[X3] an invitation lets nobody in but by a press, and once', async () => {
    const link = await invite('Bo');
    const first = await pageWithAuthenticator();
    await first.goto(link);
    await first.getByRole('button', { name: 'Join the team' }).click();
    await first.getByRole('button', { name: 'Not now' }).click();
    await first.getByText('Connected').first().waitFor();
    const second = await pageWithAuthenticator();
    await second.goto(link);
    await second.getByRole('button', { name: 'Join the team' }).click();
    expect(await second.getByRole('alert').innerText()).toContain('It works once');
  });
});
