import { describe, expect, it } from 'vitest';
import { hasPlainPair, isPlainPress, optionOfKey } from '../../src/lib/conversation-view/answer-key.ts';
import { effectOf, needsSeen } from '../../src/lib/conversation-view/option-look.ts';
import { option, PAIR } from './builders.ts';

const context = { options: PAIR, toolKind: 'execute', seen: true, writing: false };

describe('keys of a request', () => {
  it('[C9] y allows once and n rejects once, where each has one meaning', () => {
    expect(optionOfKey('y', context)?.kind).toBe('allow_once');
    expect(optionOfKey('n', context)?.kind).toBe('reject_once');
    expect(optionOfKey('x', context)).toBeNull();
  });

  it('[C9] y and n never act on a change of mode', () => {
    const mode = { ...context, toolKind: 'switch_mode' };
    expect([optionOfKey('y', mode), optionOfKey('n', mode)]).toEqual([null, null]);
  });

  it('[C9] two options of one kind, or none, leave the keys without a meaning', () => {
    const twice = [...PAIR, option('allow_once', 'with edits')];
    expect(optionOfKey('y', { ...context, options: twice })).toBeNull();
    expect(optionOfKey('n', { ...context, options: twice })).toBeNull();
    expect(optionOfKey('y', { ...context, options: [option('allow_once')] })).toBeNull();
    expect(hasPlainPair([option('allow_always'), option('reject_once')], 'execute')).toBe(false);
  });

  it('[C8] a key answers nothing before the end was on screen, nor where somebody writes', () => {
    expect(optionOfKey('y', { ...context, seen: false })).toBeNull();
    expect(optionOfKey('y', { ...context, writing: true })).toBeNull();
  });

  it('a key that is held or comes with others answers nothing', () => {
    const bare = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false };
    expect(isPlainPress(bare)).toBe(true);
    expect(isPlainPress({ ...bare, repeat: true })).toBe(false);
    expect(isPlainPress({ ...bare, ctrlKey: true })).toBe(false);
  });

  it('[C9] an option is judged by its kind alone: one of the agent’s own waits as an allowing one does', () => {
    expect(effectOf(option('bypass', 'Reject'))).toBe('unknown');
    expect(needsSeen(option('bypass', 'Reject'))).toBe(true);
    expect(needsSeen(option('allow_always'))).toBe(true);
    expect(needsSeen(option('reject_always'))).toBe(false);
  });
});
