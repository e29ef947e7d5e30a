import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { keptData, notificationOf, ownAddress } from '../../src/lib/service-worker/notification.ts';

const ORIGIN = 'https://muster.example';
const action = (name: string) => ({ action: name, title: name, token: `token-${name}` });
const PUSH = {
  kind: 'request',
  title: 'claude-checkout asks',
  body: 'Bash: npm test',
  tag: 'permission:1',
  url: '/agents/claude-checkout/conversations/x',
  agentId: 'claude-checkout',
  permissionId: 'p.1',
  actions: [action('allow'), action('deny'), action('always')],
  at: 1_790_000_000_000,
  badge: 3,
};

describe('[C10] the notification of a push', () => {
  it('says what happened and offers the first two answers', () => {
    const { title, options, badge } = notificationOf(JSON.stringify(PUSH));
    expect(title).toBe(PUSH.title);
    expect(options).toMatchObject({ body: PUSH.body, tag: PUSH.tag, requireInteraction: true });
    expect(options.actions).toEqual([
      { action: 'allow', title: 'allow' },
      { action: 'deny', title: 'deny' },
    ]);
    expect(badge).toBe(3);
  });

  it('keeps the token of each button with it, for when it is pressed', () => {
    const { options } = notificationOf(JSON.stringify(PUSH));
    expect(keptData(options.data)).toEqual({ url: PUSH.url, actions: [action('allow'), action('deny')] });
  });

  it.each([
    ['request', true],
    ['reminder', true],
    ['answered', false],
    ['finished', false],
    ['of a later version', false],
  ])('of the kind %s stays on the screen: %s', (kind, stays) =>
    expect(notificationOf(JSON.stringify({ ...PUSH, kind })).options.requireInteraction).toBe(stays),
  );

  it('takes the place of a request without a sound once somebody has answered', () =>
    expect(notificationOf(JSON.stringify({ ...PUSH, kind: 'answered' })).options).toMatchObject({
      tag: PUSH.tag,
      silent: true,
      renotify: false,
    }));

  it('shows the words of a push whose rest cannot be read', () => {
    const odd = { ...PUSH, actions: 'none', badge: -1, at: 'now', tag: 7, url: null };
    const { title, options, badge } = notificationOf(JSON.stringify(odd));
    expect([title, options.body, options.actions, badge]).toEqual([PUSH.title, PUSH.body, [], null]);
  });

  it.each([null, '', 'hello', '{}', '[]', '{"title":""}'])('is there for the push %j too', (sent) =>
    expect(notificationOf(sent)).toMatchObject({
      title: 'Muster',
      options: { body: 'Something happened. Open Muster to see it.' },
    }),
  );

  it('is there for every push', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (sent) => {
        const { title, options } = notificationOf(sent);
        expect(title).not.toBe('');
        expect(keptData(options.data).actions).toHaveLength(options.actions?.length ?? 0);
      }),
    );
  });
});

describe('[C10] where a notification leads', () => {
  it('is a page of ours', () =>
    expect(ownAddress('/agents/shell?x=1#y', ORIGIN)).toBe(`${ORIGIN}/agents/shell?x=1#y`));

  it.each(['https://elsewhere.example/', '//elsewhere.example', 'javascript:alert(1)', 'http://', 'data:,x'])(
    'is the first page instead of %s',
    (url) => expect(ownAddress(url, ORIGIN)).toBe(`${ORIGIN}/`),
  );
});
