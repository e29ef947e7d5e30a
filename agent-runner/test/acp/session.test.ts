import type { ClientCapabilities } from '@agentclientprotocol/sdk';
import { describe, expect, it } from 'vitest';
import { conversation, prompt } from '../support/acp-rig.ts';
import { Talk } from './talk.ts';

const open = (payload: object = {}) =>
  ({ type: 'conversation:open', payload: { conversationId: conversation('1'), ...payload } }) as const;
const RESUMES = { agentCapabilities: { sessionCapabilities: { resume: {} } } };
const LOADS = { agentCapabilities: { loadSession: true } };
const MODES = {
  currentModeId: 'auto',
  availableModes: [
    { id: 'auto', name: 'Auto' },
    { id: 'default', name: 'Ask' },
  ],
};

describe('a session', () => {
  it('[C5] advertises exactly what the keeper can do', () => {
    const talk = Talk.running();
    expect(talk.last('initialize')).toMatchObject({ params: { protocolVersion: 1 } });
    const capabilities: ClientCapabilities = {
      elicitation: { form: {}, url: {} },
      auth: { terminal: true },
      session: { notices: {}, compaction: {}, configOptions: { boolean: {} } },
      _meta: { terminal_output_delta: true },
    };
    expect(talk.last('initialize')?.['params']).toHaveProperty('clientCapabilities', capabilities);
  });

  it('[C4] starts its adapter with the first message, and prompts when the session is open', () => {
    const talk = new Talk();
    talk.order(open());
    expect(talk.effects.filter(({ type }) => type === 'start')).toEqual([]);
    talk.prompt('hi', 't1');
    expect(talk.effects.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(talk.facts.adapter).toBe('starting');
    talk.open();
    expect(talk.methods).toEqual(['initialize', 'session/new', 'session/prompt']);
    expect(talk.last('session/new')).toMatchObject({ params: { cwd: '/work', mcpServers: [] } });
    expect(talk.facts).toMatchObject({ adapter: 'ready', sessionId: 's1' });
  });

  it('[C11] resumes where the agent can', () => {
    const talk = new Talk({ initialize: RESUMES });
    talk.order(open({ sessionId: 'old' }));
    talk.prompt('hi', 't1');
    talk.open();
    expect(talk.methods).toEqual(['initialize', 'session/resume', 'session/prompt']);
    expect(talk.last('session/prompt')).toMatchObject({ params: { sessionId: 'old' } });
  });

  it('[C11] else loads, and drops the transcript but keeps the commands', () => {
    const talk = new Talk({ initialize: LOADS });
    talk.order(open({ sessionId: 'old' }));
    talk.prompt('hi', 't1');
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    talk.answer('initialize', { protocolVersion: 1, ...LOADS });
    talk.chunk('said before', 'm', 'user_message_chunk');
    talk.tool('t');
    talk.update({
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'x', description: '' }],
    });
    talk.answer('session/load', {});
    // As Gemini does, which repeats it behind the answer.
    for (let n = 0; n < 5; n += 1) {
      talk.chunk('said before, too', undefined, 'user_message_chunk');
      talk.wait(300);
    }
    expect(talk.methods).toEqual(['initialize', 'session/load']);
    talk.wait(500);
    talk.chunk('new');
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.rows).toEqual(['user hi', 'agent new']);
    expect(talk.facts.commands).toMatchObject([{ name: 'x' }]);
  });

  it.each([
    ['the agent lost it', RESUMES, { code: -32002 }],
    ['Gemini lost it', RESUMES, { code: -32603, details: 'Invalid session identifier "01a2".' }],
    ['the agent cannot', {}, null],
  ])('[C11] begins anew, and says so, where %s', (_, initialize, error) => {
    const talk = new Talk({ initialize });
    talk.order(open({ sessionId: 'old' }));
    talk.prompt('hi', 't1');
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    talk.answer('initialize', { protocolVersion: 1, ...initialize });
    if (error !== null) talk.fail('session/resume', error.code, 'Not found', error);
    talk.answer('session/new', { sessionId: 'new' });
    expect(talk.last('session/prompt')).toMatchObject({ params: { sessionId: 'new' } });
    expect(talk.rows[0]).toMatch(/^notice .*A new session began/);
    expect(talk.facts.sessionId).toBe('new');
  });

  it('[C11] other errors leave it failed, to be tried again with the same session', () => {
    const talk = new Talk({ initialize: RESUMES });
    talk.order(open({ sessionId: 'old' }));
    talk.prompt('hi', 't1');
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    talk.answer('initialize', { protocolVersion: 1, ...RESUMES });
    talk.fail('session/resume', -32603, 'Internal error', { details: 'no network' });
    expect(talk.of('turn:ended')).toMatchObject([
      { outcome: 'failed', error: { message: 'Internal error (no network)' } },
    ]);
    expect(talk.facts).toMatchObject({ adapter: 'failed', error: { code: 'AGENT_SPAWN_FAILED' } });
    talk.prompt('again', 't2');
    talk.open('i2');
    expect(talk.last('session/resume')).toMatchObject({ params: { sessionId: 'old' } });
    expect(talk.facts).toMatchObject({ adapter: 'ready', error: null });
  });

  describe('an agent that says no more than that a session could not be taken up', () => {
    const LISTS = { agentCapabilities: { sessionCapabilities: { resume: {}, list: {} } } };
    const failed = () => {
      const talk = new Talk({ initialize: LISTS });
      talk.order(open({ sessionId: 'old' }));
      talk.prompt('hi', 't1');
      talk.feed({ type: 'adapter-started', incarnation: 'i1' });
      talk.answer('initialize', { protocolVersion: 1, ...LISTS });
      talk.fail('session/resume', -32603, 'Internal error: service failure', { service: 'session' });
      return talk;
    };

    it('[C11] begins anew, and says so, where it has no such session', () => {
      const talk = failed();
      expect(talk.last('session/list')).toMatchObject({ params: { cwd: '/work' } });
      talk.answer('session/list', { sessions: [{ sessionId: 'a' }], nextCursor: 'more' });
      expect(talk.last('session/list')).toMatchObject({ params: { cwd: '/work', cursor: 'more' } });
      talk.answer('session/list', { sessions: [{ sessionId: 'b' }] });
      talk.answer('session/new', { sessionId: 'new' });
      expect(talk.last('session/prompt')).toMatchObject({ params: { sessionId: 'new' } });
      expect(talk.rows[0]).toMatch(/^notice .*A new session began/);
    });

    it.each([
      ['has it', (talk: Talk) => talk.answer('session/list', { sessions: [{ sessionId: 'old' }] })],
      ['cannot say', (talk: Talk) => talk.fail('session/list', -32603)],
      ['says something else', (talk: Talk) => talk.answer('session/list', {})],
      [
        'has more than can be read',
        (talk: Talk) => {
          for (let page = 1; page <= 20; page += 1)
            talk.answer('session/list', { sessions: [], nextCursor: `${page}` });
        },
      ],
    ])('[C11] is left failed with its session where it %s', (_, lists) => {
      const talk = failed();
      lists(talk);
      expect(talk.of('turn:ended')).toMatchObject([
        { outcome: 'failed', error: { message: 'Internal error: service failure' } },
      ]);
      expect(talk.facts).toMatchObject({ adapter: 'failed' });
      expect(talk.state.sessionId).toBe('old');
      expect(talk.methods).not.toContain('session/new');
    });
  });

  it('[C17] tells the mode that it really runs in where that is an option, and no other word comes of it', () => {
    const option = (currentValue: string) => ({
      id: 'mode',
      name: 'Mode',
      category: 'mode',
      type: 'select',
      currentValue,
      options: [
        { value: 'auto', name: 'Auto' },
        { value: 'default', name: 'Ask' },
      ],
    });
    const talk = new Talk({
      adapter: 'claude',
      session: { modes: MODES, configOptions: [option('auto')] },
    });
    talk.prompt('hi', 't1');
    talk.open();
    expect(talk.facts.mode).toBe('auto');
    talk.answer('session/set_config_option', { configOptions: [option('default')] });
    expect(talk.facts.mode).toBe('default');
    expect(talk.methods.at(-1)).toBe('session/prompt');
  });

  it('[C5] -32000 means that somebody signs in: the ways are told, and after it the next message goes through', () => {
    const talk = new Talk({ adapter: 'codex' });
    talk.prompt('hi', 't1');
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    const authMethods = [
      { id: 'key', name: 'Key' },
      { id: 'tui', name: 'Login', type: 'terminal', args: ['--login'] },
    ];
    talk.answer('initialize', { protocolVersion: 1, authMethods });
    talk.fail('session/new', -32000, 'Authentication required');
    expect(talk.facts).toMatchObject({
      adapter: 'sign-in',
      error: { message: expect.stringContaining('codex login') },
    });
    expect(talk.facts.info?.authMethods).toEqual([
      { id: 'key', name: 'Key', type: 'agent' },
      { id: 'tui', name: 'Login', type: 'terminal', command: ['agent', '--login'] },
    ]);
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'failed' }]);
    const payload = { conversationId: conversation('1'), requestId: 'r', methodId: 'key' };
    talk.order({ type: 'conversation:sign-in', payload });
    talk.answer('authenticate', {});
    expect(talk.of('request:done')).toEqual([{ type: 'request:done', requestId: 'r' }]);
    talk.prompt('again', 't2');
    talk.answer('session/new', { sessionId: 's1' });
    expect(talk.last('session/prompt')).toBeDefined();
  });

  it('[C5] -32000 at the end of a prompt means the same', () => {
    const talk = Talk.running();
    talk.fail('session/prompt', -32000, 'Authentication required');
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'failed' }]);
    expect(talk.facts.adapter).toBe('sign-in');
  });

  it('[C17] sets the mode in which the agent asks before it prompts, and members’ choices over it', () => {
    const talk = Talk.running({ adapter: 'claude', session: { modes: MODES } });
    expect(talk.last('session/prompt')).toBeUndefined();
    expect(talk.last('session/set_mode')).toMatchObject({ params: { sessionId: 's1', modeId: 'default' } });
    talk.answer('session/set_mode', {});
    expect(talk.last('session/prompt')).toBeDefined();
    expect(talk.facts.mode).toBe('default');
    const chosen = new Talk({ adapter: 'claude', session: { modes: MODES } });
    chosen.order(open({ configured: { mode: 'auto' } }));
    chosen.prompt('hi', 't1');
    chosen.open();
    expect(chosen.last('session/set_mode')).toBeUndefined();
    expect(chosen.last('session/prompt')).toBeDefined();
  });

  it('[C17] a choice that the agent refuses is told, and what it runs in is shown', () => {
    const options = [{ id: 'model', name: 'Model', currentValue: 'a', options: [{ value: 'a', name: 'A' }] }];
    const talk = new Talk({ session: { configOptions: options } });
    talk.order(open({ configured: { model: 'b' } }));
    talk.prompt('hi', 't1');
    talk.open();
    talk.fail('session/set_config_option', -32602, 'No such model');
    expect(talk.rows[0]).toBe('notice The agent does not take b for model: No such model');
    expect(talk.facts.configOptions).toMatchObject([{ configId: 'model', value: 'a' }]);
    expect(talk.last('session/prompt')).toBeDefined();
  });

  it('[C17] a member changes an option while the adapter is up, and is answered', () => {
    const options = [{ id: 'brave', type: 'boolean', name: 'Brave', currentValue: false }];
    const talk = Talk.running({ session: { configOptions: options } });
    const payload = { conversationId: conversation('1'), requestId: 'r', configId: 'brave', value: true };
    talk.order({ type: 'conversation:configure', payload });
    expect(talk.last('session/set_config_option')).toMatchObject({
      params: { type: 'boolean', value: true },
    });
    talk.answer('session/set_config_option', { configOptions: [{ ...options[0], currentValue: true }] });
    expect(talk.of('request:done')).toEqual([{ type: 'request:done', requestId: 'r' }]);
    expect(talk.facts.configOptions).toMatchObject([{ value: true }]);
  });

  it('[C18] sums the positive differences of one adapter, and no jump of a resumed one', () => {
    const talk = Talk.running({ initialize: RESUMES });
    const tell = (amount: number) => {
      talk.update({ sessionUpdate: 'usage_update', used: 5, size: 9, cost: { amount, currency: 'USD' } });
      talk.wait(1_000);
    };
    for (const amount of [1, 3, 2, 4]) tell(amount);
    expect(talk.facts).toMatchObject({
      usage: { used: 5, size: 9, cost: { amount: 4 } },
      spent: { amount: 5 },
    });
    talk.feed({ type: 'adapter-exited', how: 'by SIGKILL', said: '', asked: null });
    talk.prompt('again', 't2');
    talk.open('i2');
    for (const amount of [100, 101]) tell(amount);
    expect(talk.facts.spent).toEqual({ amount: 6, currency: 'USD' });
  });

  it('an adapter that says nothing is ended, and the message fails', () => {
    const talk = new Talk();
    talk.prompt('hi', 't1');
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    talk.wait(61_000);
    expect(talk.effects.filter(({ type }) => type === 'stop')).toHaveLength(1);
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'failed' }]);
  });

  it('an adapter of another version of the protocol is refused', () => {
    const talk = new Talk();
    talk.order(prompt('hi', 't1'));
    talk.feed({ type: 'adapter-started', incarnation: 'i1' });
    talk.answer('initialize', { protocolVersion: 2 });
    expect(talk.facts.error?.message).toContain('version 2');
  });

  it('[C4a] rests after ten minutes without anything, and only then', () => {
    const talk = Talk.running();
    talk.wait(3_600_000);
    expect(talk.effects.filter(({ type }) => type === 'idle')).toEqual([]);
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    talk.wait(599_000);
    expect(talk.effects.filter(({ type }) => type === 'idle')).toEqual([]);
    talk.wait(2_000);
    expect(talk.effects.filter(({ type }) => type === 'idle')).toHaveLength(1);
    talk.feed({ type: 'rest' });
    expect(talk.effects.filter(({ type }) => type === 'stop')).toHaveLength(1);
    expect(talk.facts.adapter).toBe('none');
  });
});
