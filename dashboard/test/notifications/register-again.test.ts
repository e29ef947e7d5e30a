import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerAgain } from '../../src/lib/notifications/register-again.ts';
import { wantedPush, wantPush } from '../../src/lib/notifications/wanted.ts';

const HERE = 'https://push.example/here';
/** What the browser has, and what the server lists. */
let unsubscribed = 0;
let listed: readonly string[] = [];
let asked: string[] = [];

beforeEach(() => {
  unsubscribed = 0;
  listed = [HERE];
  asked = [];
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal('window', { Notification: {} });
  vi.stubGlobal('Notification', { permission: 'granted' });
  const subscription = {
    endpoint: HERE,
    unsubscribe: async () => {
      unsubscribed += 1;
      return true;
    },
  };
  const registration = { pushManager: { getSubscription: async () => subscription } };
  vi.stubGlobal('navigator', { serviceWorker: { getRegistration: async () => registration } });
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    return Response.json({ subscriptions: listed.map((endpoint) => ({ endpoint })) });
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('[C10] a page that loads', () => {
  it('leaves a subscription that the server knows as it is', async () => {
    wantPush({ memberId: 'ada', endpoint: HERE });
    await registerAgain('ada');
    expect([asked, unsubscribed]).toEqual([['/api/push/subscriptions'], 0]);
  });

  it('turns off what its owner has removed elsewhere', async () => {
    wantPush({ memberId: 'ada', endpoint: HERE });
    listed = [];
    await registerAgain('ada');
    expect([wantedPush(), unsubscribed]).toEqual([null, 1]);
  });

  it('registers nothing for somebody else who signs in here', async () => {
    wantPush({ memberId: 'ada', endpoint: HERE });
    await registerAgain('grace');
    expect(asked).toEqual([]);
  });

  it('asks for a new key where the browser has replaced its subscription', async () => {
    wantPush({ memberId: 'ada', endpoint: 'https://push.example/before' });
    await registerAgain('ada');
    expect(asked).toEqual(['/api/push/key']);
  });
});
