import { describe, expect, it } from 'vitest';
import { conversation, prompt } from '../support/acp-rig.ts';
import { Talk } from './talk.ts';

const STEERS = { initialize: { _meta: { steering: { supported: true } } } };
const cancel = (turnId: string) =>
  ({ type: 'conversation:cancel', payload: { conversationId: conversation('1'), turnId } }) as const;
const steer = (text: string, turnId = 't1', messageId = 'm9') =>
  ({ type: 'conversation:steer', payload: { ...prompt(text, turnId).payload, messageId } }) as const;

describe('a turn', () => {
  it('[C16] is told as started when the agent has it, with the message as an item', () => {
    const talk = new Talk();
    talk.prompt('hi', 't1');
    expect(talk.of('turn:started')).toEqual([]);
    talk.open();
    expect(talk.of('turn:started')).toMatchObject([{ turnId: 't1', messageId: 'of-t1' }]);
    expect(talk.items).toMatchObject([
      { kind: 'user', text: 'hi', memberId: 'ada', name: 'Ada', turnId: 't1' },
    ]);
  });

  it('prompts with links to files of the workspace, and with none that lead out of it', () => {
    const talk = new Talk();
    const { payload } = prompt('see ', 't1');
    const content = [
      ...payload.content,
      { type: 'mention' as const, path: 'src/a b.ts' },
      { type: 'mention' as const, path: '../../etc/passwd' },
      { type: 'mention' as const, path: '/etc/passwd' },
    ];
    talk.order({ type: 'conversation:prompt', payload: { ...payload, content } });
    talk.open();
    expect(talk.last('session/prompt')).toMatchObject({
      params: {
        prompt: [
          { type: 'text', text: 'see ' },
          { type: 'resource_link', uri: 'file:///work/src/a%20b.ts', name: 'src/a b.ts' },
          { type: 'text', text: '@../../etc/passwd' },
          { type: 'text', text: '@/etc/passwd' },
        ],
      },
    });
  });

  it('[C16] ends with the agent’s word, or its error', () => {
    const done = Talk.running();
    done.answer('session/prompt', { stopReason: 'max_tokens' });
    expect(done.of('turn:ended')).toMatchObject([{ outcome: 'done', stopReason: 'max_tokens' }]);
    const failed = Talk.running();
    failed.fail('session/prompt', -32603, 'Internal error', { errorKind: 'rate_limit' });
    expect(failed.of('turn:ended')).toMatchObject([
      { outcome: 'failed', error: { message: 'Internal error (rate_limit)' } },
    ]);
    expect(failed.effects).toContainEqual({ type: 'turn-over', turnId: 't1' });
  });

  it('[C16] no watchdog ends one because it is long', () => {
    const talk = Talk.running();
    talk.wait(86_400_000);
    expect(talk.of('turn:ended')).toEqual([]);
  });

  it('[C7] a cancel answers what the turn asks first, then cancels', () => {
    const talk = Talk.running();
    const id = talk.ask(50, { toolCallId: 't', title: 'x' });
    const before = talk.written.length;
    talk.order(cancel('t1'));
    expect(talk.written.slice(before)).toMatchObject([
      { id: 50, result: { outcome: { outcome: 'cancelled' } } },
      { method: 'session/cancel', params: { sessionId: 's1' } },
    ]);
    expect(talk.states(id)).toEqual(['withdrawn']);
    talk.answer('session/prompt', { stopReason: 'cancelled' });
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled', stopReason: 'cancelled' }]);
  });

  it('[C16] a turn whose request was answered by cancelling it is cancelled, whatever the agent calls its end', () => {
    const talk = Talk.running();
    talk.ask(50, { toolCallId: 't' });
    talk.order(cancel('t1'));
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled', stopReason: 'end_turn' }]);
  });

  it('[C16] a turn that came to its end as it was cancelled is done', () => {
    const talk = Talk.running();
    talk.order(cancel('t1'));
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'done', stopReason: 'end_turn' }]);
  });

  it('[C7] a turn that is being cancelled asks nobody any more', () => {
    const talk = Talk.running();
    talk.order(cancel('t1'));
    talk.ask(51, { toolCallId: 't' });
    expect(talk.answers(51)).toMatchObject([{ result: { outcome: { outcome: 'cancelled' } } }]);
    expect(talk.of('request:opened')).toEqual([]);
  });

  it('[C16] a cancel that comes late stops no successor', () => {
    const talk = Talk.running();
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    talk.prompt('next', 't2');
    talk.order(cancel('t1'));
    expect(talk.last('session/cancel')).toBeUndefined();
  });

  it('[C16] a cancel before the agent has the message starts nothing', () => {
    const talk = new Talk();
    talk.prompt('hi', 't1');
    talk.order(cancel('t1'));
    talk.open();
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled' }]);
    expect(talk.last('session/prompt')).toBeUndefined();
  });

  it('[C16] a cancel that is not answered in 35 s ends the adapter, says so, and resumes it', () => {
    const talk = Talk.running({ initialize: { agentCapabilities: { sessionCapabilities: { resume: {} } } } });
    talk.order(cancel('t1'));
    talk.wait(34_000);
    expect(talk.of('turn:ended')).toEqual([]);
    talk.wait(2_000);
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled' }]);
    expect(talk.effects.filter(({ type }) => type === 'stop')).toHaveLength(1);
    expect(talk.rows.at(-1)).toMatch(/^notice The agent did not stop in 35 s/);
    talk.prompt('next', 't2');
    talk.open('i2');
    expect(talk.last('session/resume')).toMatchObject({ params: { sessionId: 's1' } });
  });

  it('[C7] the death of the adapter withdraws what it asked and fails the turn, with its last words', () => {
    const talk = Talk.running();
    talk.tool('t');
    const id = talk.ask(52, { toolCallId: 't' });
    talk.feed({ type: 'adapter-exited', how: 'by SIGSEGV', said: 'core dumped\n', asked: null });
    expect(talk.states(id)).toEqual(['withdrawn']);
    expect(talk.rows).toEqual(['user go', 'tool t stopped']);
    expect(talk.of('turn:ended')).toMatchObject([
      { outcome: 'failed', error: { message: expect.stringMatching(/by SIGSEGV\. It said: core dumped/) } },
    ]);
    expect(talk.facts.adapter).toBe('failed');
  });

  it('[C16] a turn that the agent’s end cut off is interrupted', () => {
    const talk = Talk.running();
    talk.feed({ type: 'adapter-exited', how: 'by SIGTERM', said: '', asked: 'The agent was stopped.' });
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'interrupted' }]);
    expect(talk.facts).toMatchObject({ adapter: 'none', error: null });
  });

  it('closing ends everything', () => {
    const talk = Talk.running();
    const id = talk.ask(53, { toolCallId: 't' });
    talk.order({ type: 'conversation:close', payload: { conversationId: conversation('1') } });
    expect(talk.states(id)).toEqual(['withdrawn']);
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled' }]);
    expect(talk.effects.filter(({ type }) => type === 'stop')).toHaveLength(1);
  });
});

describe('steering', () => {
  it('[C12] [C14] stands between what was said before and what is said after, whatever the agent calls them', () => {
    const talk = Talk.running(STEERS);
    talk.chunk('Working', 'm1');
    talk.order(steer('left'));
    talk.answer('_session/steering', { outcome: 'injected' });
    talk.chunk('Turning', 'm1');
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.rows).toEqual(['user go', 'agent Working', 'user left', 'agent Turning']);
    expect(talk.live).toEqual(talk.rows);
  });

  it('[C12] reaches the turn under way, once, and the keeper writes the item', () => {
    const talk = Talk.running(STEERS);
    talk.order(steer('left'));
    talk.order(steer('left'));
    expect(talk.methods.filter((method) => method === '_session/steering')).toHaveLength(1);
    expect(talk.last('_session/steering')).toMatchObject({
      params: { sessionId: 's1', _meta: { steering: { idleBehavior: 'promptRequired' } } },
    });
    talk.answer('_session/steering', { outcome: 'injected' });
    talk.order(steer('left'));
    expect(talk.of('message:steered')).toMatchObject([{ outcome: 'injected' }, { outcome: 'injected' }]);
    expect(talk.items[1]).toMatchObject({ kind: 'user', text: 'left', steered: true, messageId: 'm9' });
  });

  it.each([
    ['the agent cannot be steered', {}, 't1', null],
    ['the turn is over', STEERS, 't0', null],
    ['the agent needs a prompt', STEERS, 't1', 'promptRequired'],
  ])('[C12] is queued where %s', (_, options, turnId, outcome) => {
    const talk = Talk.running(options);
    talk.order(steer('left', turnId));
    if (outcome !== null) talk.answer('_session/steering', { outcome });
    expect(talk.of('message:steered')).toMatchObject([{ outcome: 'queued' }]);
    expect(talk.rows).toEqual(['user go']);
  });
});
