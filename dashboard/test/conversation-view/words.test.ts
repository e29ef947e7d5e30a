import { describe, expect, it } from 'vitest';
import { sideOf } from '../../src/lib/conversation-view/agent-side.ts';
import { commandsFor, withCommand } from '../../src/lib/conversation-view/command-menu.ts';
import { conversationToOpen } from '../../src/lib/conversation-view/conversation-to-open.ts';
import { linkTarget } from '../../src/lib/conversation-view/link-target.ts';
import { titleOf } from '../../src/lib/conversation-view/page-title.ts';
import {
  askedWords,
  headWords,
  rowOptions,
  wantsWords,
} from '../../src/lib/conversation-view/request-words.ts';
import { terminalText } from '../../src/lib/conversation-view/terminal-text.ts';
import { changedLines, statusWords, tookWords } from '../../src/lib/conversation-view/tool-words.ts';
import { resolutionWords, turnLine } from '../../src/lib/conversation-view/turn-words.ts';
import { usageShown } from '../../src/lib/conversation-view/usage-words.ts';
import { conversation, head, option, PAIR, runningTurn } from './builders.ts';

const nameOf = () => 'Allow once';

describe('the turn in words', () => {
  it('[C16] counts the seconds while it runs', () => {
    expect(turnLine(conversation({ turn: runningTurn }), 12_400)?.text).toBe('Working… 12 s');
  });

  it('[C11] an interrupted turn says that it is not sent again by itself', () => {
    const turn = { ...runningTurn, state: 'ended', outcome: 'interrupted' };
    expect(turnLine(conversation({ turn }), 0)?.text).toContain('not sent again by itself');
  });

  it('a failed conversation says why', () => {
    expect(turnLine(conversation({ status: 'failed', reason: 'Install Node 22.' }), 0)).toEqual({
      tone: 'bad',
      text: 'Install Node 22.',
    });
  });

  it('a turn that ended well says nothing; one that reached a limit says so', () => {
    const turn = { ...runningTurn, state: 'ended', outcome: 'done' };
    expect(turnLine(conversation({ turn: { ...turn, stopReason: 'end_turn' } }), 0)).toBeNull();
    expect(turnLine(conversation({ turn: { ...turn, stopReason: 'max_tokens' } }), 0)?.text).toContain(
      'most tokens',
    );
  });
});

describe('a request in words', () => {
  it('[C9] after the answer, names the member and the option', () => {
    const decision = { type: 'option' as const, optionId: 'once' };
    const decider = { by: 'member' as const, name: 'Grace' };
    expect(resolutionWords({ state: 'delivered', decision, decider, at: 0 }, nameOf)).toBe(
      'Grace chose “Allow once”',
    );
    expect(resolutionWords({ state: 'decided', decision, decider: { by: 'policy' }, at: 0 }, nameOf)).toBe(
      'The agent’s policy chose “Allow once”',
    );
    expect(resolutionWords({ state: 'withdrawn', at: 0 }, nameOf)).toBe('The agent does not ask any more');
  });

  it('[C3] says what happens when nobody answers', () => {
    const times = { requestedAt: 0, expiresAt: 1_800_000, conversationId: head().conversationId };
    expect(askedWords(times, PAIR, 60_000)).toBe('asked 1m ago · rejected by itself in 29m 00s');
    expect(askedWords(times, [option('allow_once')], 60_000)).toContain('the turn is cancelled');
    const { conversationId: _, ...plain } = times;
    expect(askedWords(plain, PAIR, 60_000)).toContain('left to its terminal in');
  });

  it('names what the agent wants by the kind of its tool', () => {
    expect(wantsWords({ toolKind: 'execute' })).toBe('Wants to run a command');
    expect(wantsWords({ toolKind: 'constructor' })).toBe('Asks for permission');
    expect(headWords(head({ kind: 'elicitation' }))).toBe('Asks you');
  });

  it('[C8] a row offers answers only where all of the argument is one line there', () => {
    expect(rowOptions(head()).map(({ kind }) => kind)).toEqual(['allow_once', 'reject_once']);
    expect(rowOptions(head({ oneLine: false }))).toEqual([]);
    expect(rowOptions(head({ toolKind: 'switch_mode' }))).toEqual([]);
    expect(rowOptions(head({ options: [...PAIR, option('allow_once', 'b')] }))).toEqual([]);
    expect(rowOptions(head({ kind: 'elicitation', options: PAIR }))).toEqual([]);
  });

  it('[C9] keeps the agent’s order in a row', () => {
    const options = [option('reject_once'), option('allow_always'), option('allow_once')];
    expect(rowOptions(head({ options })).map(({ kind }) => kind)).toEqual(['reject_once', 'allow_once']);
  });

  it('opens web addresses only, and names the host that they really lead to', () => {
    expect(linkTarget('https://example.com@evil.test/')?.host).toBe('evil.test');
    expect(linkTarget('javascript:alert(1)')).toBeNull();
    expect(linkTarget('nonsense')).toBeNull();
  });
});

describe('a tool call in words', () => {
  it('counts the lines that a diff adds and removes', () => {
    const content = [{ type: 'diff' as const, path: 'a', oldText: 'a\nb\nc\n', newText: 'a\nB\nc\nd\n' }];
    expect(changedLines({ content })).toEqual({ added: 2, removed: 1 });
    expect(changedLines({ content: [] })).toBeNull();
  });

  it('counts up only while it runs', () => {
    const now = () => 14_900;
    expect(tookWords({ at: 0, status: 'in_progress' }, now)).toBe('14 s');
    expect(tookWords({ at: 0, endedAt: 200, status: 'completed' }, now)).toBe('200 ms');
    expect(tookWords({ at: 0, status: 'stopped' }, now)).toBe('');
    expect(statusWords({ status: 'in_progress', background: true })).toBe('running in the background');
  });

  it('[X6] a tool’s terminal is read, not obeyed', () => {
    expect(terminalText('\x1b[31mred\x1b[0m\x1b]0;title\x07\n 10 %\r 90 %\n')).toBe('red\n 90 %\n');
    expect(terminalText('a\u202eb')).not.toContain('\u202e');
  });
});

describe('the page of an agent', () => {
  it('an agent that talks shows its conversations first, its commands where they are asked for', () => {
    const place = { kind: 'acp' as const, conversationId: null, show: null };
    expect(sideOf(place)).toBe('conversation');
    expect(sideOf({ ...place, show: 'commands' })).toBe('terminal');
    expect(sideOf({ ...place, kind: 'terminal', conversationId: 'a.c' })).toBe('terminal');
    expect(sideOf({ ...place, kind: null, conversationId: 'a.c' })).toBe('conversation');
    expect(sideOf({ ...place, kind: null })).toBe('terminal');
  });

  it('opens the conversation that the address names, else the newest that is not closed', () => {
    const list = [
      conversation({ conversationId: 'a.1', status: 'ended' }),
      conversation({ conversationId: 'a.2' }),
    ];
    expect(conversationToOpen(list, 'a.9')).toBe('a.9');
    expect(conversationToOpen(list, null)).toBe('a.2');
    expect(conversationToOpen([], null)).toBeNull();
  });

  it('[C7] its title counts what waits', () => {
    expect(titleOf('Agents', 3)).toBe('(3) Agents · Muster');
    expect(titleOf('Agents', 0)).toBe('Agents · Muster');
  });

  it('[C18] shows the context and the sum of the cost, as far as they are known', () => {
    const spent = { amount: 0.38, currency: 'USD' };
    expect(usageShown({ usage: { used: 310_000, size: 1_000_000 }, spent })).toEqual({
      share: 0.31,
      context: '31% of 1M',
      cost: '$0.38',
    });
    expect(usageShown({})).toEqual({ share: null, context: null, cost: null });
  });

  it('offers the commands that fit, those that begin with the word first', () => {
    const commands = ['compact', 'review', 'pr-review'].map((name) => ({ name, description: '' }));
    expect(commandsFor(commands, '/re').map(({ name }) => name)).toEqual(['review', 'pr-review']);
    expect(commandsFor(commands, 'see /re')).toEqual([]);
    expect(commandsFor(commands, '/review now')).toEqual([]);
    expect(withCommand({ name: 'review' })).toBe('/review ');
  });
});
