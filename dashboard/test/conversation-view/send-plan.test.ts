import { describe, expect, it } from 'vitest';
import { composerKey, sendPlans } from '../../src/lib/conversation-view/send-plan.ts';
import { conversation, queued, runningTurn } from './builders.ts';

const key = (part: object = {}) => ({
  key: 'Enter',
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  ...part,
});
const STEERS = { name: 'a', version: '1', images: false, steering: true, resumes: true, authMethods: [] };

describe('what sending does', () => {
  it('[C12] sends at once where nothing runs and nothing waits', () => {
    expect(sendPlans(conversation(), false)).toMatchObject({
      main: { when: 'queue', label: 'Send', about: 'It will be sent now.' },
      other: null,
      blocked: null,
    });
  });

  it('[C12] says at which place a message waits', () => {
    const first = conversation({ turn: runningTurn });
    const third = conversation({ turn: runningTurn, queue: [queued('1'), queued('2')] });
    expect(sendPlans(first, false).main.about).toBe('It will be sent when this turn ends.');
    expect(sendPlans(third, false).main.about).toBe('It will be sent as number 3 after this turn.');
  });

  it('[C12] offers to steer only while a turn runs, and only where the agent can take it', () => {
    const steering = { info: STEERS };
    expect(sendPlans(conversation({ facts: steering, turn: runningTurn }), false).other?.when).toBe('steer');
    expect(sendPlans(conversation({ facts: steering }), false).other).toBeNull();
    expect(sendPlans(conversation({ turn: runningTurn }), false).other).toBeNull();
  });

  it('[C12] offers to interrupt while a turn runs that is not being cancelled', () => {
    const cancelling = { ...runningTurn, state: 'cancelling' };
    expect(sendPlans(conversation({ turn: runningTurn }), false).interrupt?.when).toBe('interrupt');
    expect(sendPlans(conversation({ turn: cancelling }), false).interrupt).toBeNull();
    expect(sendPlans(conversation(), false).interrupt).toBeNull();
  });

  it('sends nothing while the server is away, or when the conversation is closed', () => {
    expect(sendPlans(conversation(), true).blocked).toContain('cannot be reached');
    expect(sendPlans(conversation({ status: 'ended' }), false).blocked).toContain('closed');
  });

  it('Enter sends with a keyboard and is a new line on a phone; Shift+Enter is always a new line', () => {
    expect(composerKey(key(), false)).toBe('main');
    expect(composerKey(key(), true)).toBeNull();
    expect(composerKey(key({ ctrlKey: true }), true)).toBe('main');
    expect(composerKey(key({ shiftKey: true }), false)).toBeNull();
    expect(composerKey(key({ altKey: true }), false)).toBe('other');
    expect(composerKey(key({ altKey: true, shiftKey: true }), false)).toBe('interrupt');
  });

  it('Enter that ends a composition sends nothing', () => {
    expect(composerKey(key({ isComposing: true }), false)).toBeNull();
  });
});
