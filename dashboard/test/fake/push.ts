import type { PushSettings, PushSubscriptionSummary } from '@muster/protocol';

const HOUR = 3_600_000;
const NOW = Date.now();

const subscriptions: readonly PushSubscriptionSummary[] = [
  {
    subscriptionId: 's1',
    device:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile Safari/604.1',
    service: 'web.push.apple.com',
    endpoint: 'https://web.push.apple.com/1',
    createdAt: NOW - 300 * HOUR,
    lastOutcome: { at: NOW - HOUR / 4, event: 'request', outcome: 'sent', status: 201 },
  },
  {
    subscriptionId: 's2',
    device: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
    service: 'fcm.googleapis.com',
    endpoint: 'https://fcm.googleapis.com/2',
    createdAt: NOW - 30 * HOUR,
    lastOutcome: {
      at: NOW - 2 * HOUR,
      event: 'finished',
      outcome: 'withheld',
      reason: 'a page was in front of you',
    },
  },
  {
    subscriptionId: 's3',
    device: 'Mozilla/5.0 (Android 16; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0',
    service: 'updates.push.services.mozilla.com',
    endpoint: 'https://updates.push.services.mozilla.com/3',
    createdAt: NOW - 900 * HOUR,
    lastOutcome: { at: NOW - 5 * HOUR, event: 'failed', outcome: 'failed', status: 503 },
  },
];

const settings: PushSettings = {
  events: { request: true, finished: false, failed: true, attention: true },
  muted: [],
  quietHours: { from: '22:00', to: '07:30', timeZone: 'Europe/Berlin' },
  reminder: 10,
};

/** The fake server's answer to a question about notifications; null: the request is none. */
export function fakePush(url: string): unknown {
  const { pathname } = new URL(url, 'http://fake');
  if (pathname === '/push/subscriptions') return { subscriptions };
  if (pathname === '/push/settings') return settings;
  return null;
}
