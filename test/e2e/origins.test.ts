import { SUBPROTOCOL } from '@muster/protocol';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, signIn } from '../harness/browser.ts';
import { ForeignSite } from '../harness/foreign-site.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

let muster: Muster;
let browser: Browser;
let owner: BrowserContext;
beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster({ runner: false }), openBrowser()]);
  owner = await browser.newContext();
  await signIn(await owner.newPage(), muster);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

/** The requests that a foreign page can make with the owner's cookies, run in the page itself. */
async function attempts({ api, protocol }: { api: string; protocol: string }) {
  const socket = (path: string, protocols: string[]) =>
    new Promise<string>((resolve) => {
      const dialled = new WebSocket(api.replace('http', 'ws') + path, protocols);
      dialled.onmessage = ({ data }) => String(data).includes('connection:ack') && resolve('let in');
      dialled.onclose = () => resolve('refused');
    });
  const change = (path: string, init: RequestInit) =>
    fetch(api + path, { credentials: 'include', ...init }).then(
      ({ status }) => `answered ${status}`,
      () => 'unreadable',
    );
  const body = JSON.stringify({ type: 'agent:create', payload: { name: 'taken', workspace: '/' } });
  const post = { method: 'POST', body };
  return {
    sockets: await Promise.all([
      socket('/ws/dashboard', [protocol]),
      socket('/ws/dashboard', []),
      socket('/ws/agents/any', [protocol]),
      socket('/ws', []),
    ]),
    read: await change('/api/agents', {}),
    plain: await change('/api/messages', { ...post, headers: { 'content-type': 'text/plain' } }),
    json: await change('/api/messages', { ...post, headers: { 'content-type': 'application/json' } }),
    signout: await change('/api/auth/signout', { method: 'POST' }),
    blind: await change('/api/hosts/enrolment', { method: 'POST', mode: 'no-cors' }),
  };
}

/** Makes the same change by a form, which needs nobody's leave and takes the page along. */
async function submit(context: BrowserContext, at: string, action: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(at);
  const answered = page.waitForResponse((response) => response.url().startsWith(action));
  await page.evaluate((to) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: to, enctype: 'text/plain' });
    document.body.append(form);
    form.submit();
  }, action);
  return (await answered).status();
}

describe('[X1] a page from another origin', () => {
  it.each(['127.0.0.1', 'localhost'] as const)(
    'at %s opens no socket and changes nothing with the owner’s cookie',
    async (host) => {
      await using stranger = await ForeignSite.open('<title>hello</title>');
      const page = await owner.newPage();
      const refused: number[] = [];
      page.on('response', (response) => {
        if (response.url().startsWith(muster.url)) refused.push(response.status());
      });
      await page.goto(stranger.urlAt(host));
      const tried = await page.evaluate(attempts, { api: muster.url, protocol: SUBPROTOCOL });
      expect(tried).toEqual({
        sockets: ['refused', 'refused', 'refused', 'refused'],
        read: 'unreadable',
        plain: 'unreadable',
        json: 'unreadable',
        signout: 'unreadable',
        // Answered, but opaque: it can neither be read nor was anything done.
        blind: 'answered 0',
      });
      expect(refused.filter((status) => status < 400)).toEqual([]);
      expect(await submit(owner, stranger.urlAt(host), `${muster.url}/api/hosts/enrolment`)).toBe(401);
    },
  );

  it('while the owner’s own page still does all of that', async () => {
    const page = await owner.newPage();
    await page.goto(muster.url);
    const { sockets, read } = await page.evaluate(attempts, { api: muster.url, protocol: SUBPROTOCOL });
    expect(sockets.slice(0, 2)).toEqual(['let in', 'let in']);
    expect(read).toBe('answered 200');
  });
});
