import { describe, expect, it } from 'vitest';
import { noticeOf, outcomeOf } from '../../src/lib/service-worker/answer.ts';

const shown = { tag: 'permission:1', body: 'Bash: npm test', data: { url: '/agents/shell', actions: [] } };
const pressed = { action: 'allow-once', title: 'Allow', token: 't' };

describe('[C10] a button of a notification', () => {
  it.each([
    [200, 'done'],
    [204, 'done'],
    [409, 'answered'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [429, 'away'],
    [503, 'away'],
  ])('that the server answers with %i is %s', (status, outcome) => expect(outcomeOf(status)).toBe(outcome));

  it('says what was answered, in the place of the question and without a sound', () =>
    expect(noticeOf('done', pressed, shown)).toMatchObject({
      body: 'Answered: Allow.',
      tag: shown.tag,
      silent: true,
    }));

  it('says that somebody was first', () =>
    expect(noticeOf('answered', pressed, shown).body).toBe('This was answered already.'));

  it.each(['refused', 'away'] as const)('says what to do where it did not answer: %s', (outcome) => {
    const notice = noticeOf(outcome, pressed, shown);
    expect(notice.body).toMatch(/Open (?:Muster|it) to answer\./);
    expect(notice).toMatchObject({ requireInteraction: true, data: shown.data });
  });
});
