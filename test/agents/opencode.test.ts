import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAgents } from '../../scripts/lib/real-agents.mjs';
import { openClient } from '../harness/viewer.ts';
import { ChatModel, call, say } from './lib/chat-model.ts';
import { openCodeHome } from './lib/opencode.ts';
import { lineOf, RealAgent, type Talk, toolOf } from './lib/rig.ts';

let model: ChatModel;
let agent: RealAgent;
let talk: Talk;
beforeAll(async () => {
  const commands = await installAgents('opencode');
  model = await ChatModel.start();
  agent = await RealAgent.start((home) => ({
    command: join(commands, 'opencode'),
    args: ['acp'],
    environment: openCodeHome(home, model.url),
  }));
  talk = await agent.talk();
});
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  expect(model.faults).toEqual([]);
});

const file = (name: string) => join(agent.workspace, name);

describe('OpenCode', () => {
  it('[C6] [C18] text, thought and cost arrive as the model said them', async () => {
    const parts = [
      { think: 'Somebody greets me; ' },
      { think: 'so I greet back.' },
      { say: 'Hello, **you**.' },
    ];
    model.script('hello', { parts });
    const items = await talk.turn('hello');
    expect(items.map(lineOf)).toEqual([
      'user: hello',
      'thought: Somebody greets me; so I greet back.',
      'agent: Hello, **you**.',
    ]);
    const { facts } = await talk.state();
    expect(facts.info).toMatchObject({ name: 'OpenCode', version: '1.18.33', resumes: true });
    expect(facts.usage).toEqual({ used: 1_000, size: 100_000, cost: { amount: 0.0045, currency: 'USD' } });
    expect(facts.spent).toEqual({ amount: 0.0045, currency: 'USD' });
  });

  describe('a command that it asks for', () => {
    const ran = (command: string, ...then: string[]) =>
      model.script(
        command,
        call('bash', { command, description: 'Prints' }, { say: 'I run it.' }),
        say(...then),
      );

    it('[C8] [C9] shows the command and the options as they are; allowed once, it runs once', async () => {
      ran('echo one', 'It ran.');
      await talk.say('echo one');
      const card = await talk.asked();
      expect(card.request).toMatchObject({
        kind: 'permission',
        directory: agent.workspace,
        tool: { title: 'echo one', toolKind: 'execute' },
        options: [
          { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
          { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
          { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
        ],
      });
      await talk.answer(card, { optionId: 'once' });
      const items = await talk.ended('echo one');
      expect(items.map(lineOf)).toEqual([
        'user: echo one',
        'agent: I run it.',
        'tool: echo one (completed)',
        'agent: It ran.',
      ]);
      expect(toolOf(items)).toMatchObject({ content: [{ type: 'text', text: 'one\n' }] });
      expect(model.heard('tool').at(-1)).toBe('one\n');
      expect(await talk.card(card.request.permissionId)).toMatchObject({
        resolution: { state: 'acknowledged', decision: { type: 'option', optionId: 'once' } },
      });
    });

    it('[C9] allowed always, it does not ask again for the like of it', async () => {
      const command = (text: string) => call('bash', { command: text, description: 'Prints' });
      model.script('date twice', command('date -u'), command('date -u'), say('Both ran.'));
      await talk.say('date twice');
      await talk.answer(await talk.asked(), { optionId: 'always' });
      expect((await talk.ended('date twice')).map(lineOf)).toEqual([
        'user: date twice',
        'tool: date -u (completed)',
        'tool: date -u (completed)',
        'agent: Both ran.',
      ]);
    });

    it('[C9] rejected, it does not run, and the turn ends there', async () => {
      ran('touch rejected', 'never said');
      await talk.say('touch rejected');
      await talk.answer(await talk.asked(), { optionId: 'reject' });
      expect((await talk.ended('touch rejected')).map(lineOf)).toEqual([
        'user: touch rejected',
        'agent: I run it.',
        'tool: touch rejected (failed)',
      ]);
      expect(existsSync(file('rejected'))).toBe(false);
    });

    it('[C9] rejected with a message, the agent hears both', async () => {
      ran('touch explained', 'never said');
      model.script('Print it instead.', say('I print it instead.'));
      await talk.say('touch explained');
      await talk.answer(await talk.asked(), { optionId: 'reject', message: 'Print it instead.' });
      const items = await talk.ended('Print it instead.');
      expect(items.map(lineOf)).toEqual(['user: Print it instead.', 'agent: I print it instead.']);
      expect(model.heard('tool').at(-1)).toContain('rejected permission');
      expect(model.heard('user').at(-1)).toBe('Print it instead.');
    });

    it('[C7] cancelled while it asks, it does not run, and the next message is answered', async () => {
      ran('touch cancelled', 'never said');
      await talk.say('touch cancelled');
      const { request } = await talk.asked();
      await talk.cancel();
      await talk.ended('touch cancelled');
      expect((await talk.state()).turn).toMatchObject({ outcome: 'cancelled', stopReason: 'cancelled' });
      expect((await talk.card(request.permissionId)).resolution).toMatchObject({
        decision: { type: 'cancelled' },
        decider: { by: 'cancel' },
      });
      expect(existsSync(file('cancelled'))).toBe(false);
      model.script('and now', say('Now this.'));
      expect((await talk.turn('and now')).map(lineOf)).toEqual(['user: and now', 'agent: Now this.']);
    });
  });

  it('[C8] an edit shows its diff before it is made, and after', async () => {
    writeFileSync(file('a.txt'), 'one\ntwo\n');
    const edit = { filePath: file('a.txt'), oldString: 'two', newString: 'three' };
    model.script('edit it', call('read', { filePath: file('a.txt') }), call('edit', edit), say('Edited.'));
    await talk.say('edit it');
    const card = await talk.asked();
    const diff = { type: 'diff', path: file('a.txt'), oldText: 'one\ntwo\n', newText: 'one\nthree\n' };
    expect(card.request).toMatchObject({ tool: { toolKind: 'edit', content: [diff] } });
    expect(readFileSync(file('a.txt'), 'utf8')).toBe('one\ntwo\n');
    await talk.answer(card, { optionId: 'once' });
    const items = await talk.ended('edit it');
    expect(readFileSync(file('a.txt'), 'utf8')).toBe('one\nthree\n');
    const edited = items.find((item) => item.kind === 'tool' && item.toolKind === 'edit');
    expect(edited).toMatchObject({
      status: 'completed',
      content: expect.arrayContaining([expect.objectContaining({ type: 'diff', newText: 'three' })]),
    });
  });

  it('[C6] its list of things to do is a tool call, since it tells no plan', async () => {
    const todos = [
      { content: 'Look', status: 'in_progress', priority: 'high', id: '1' },
      { content: 'Mend', status: 'pending', priority: 'low', id: '2' },
    ];
    model.script('plan it', call('todowrite', { todos }), say('Planned.'));
    const items = await talk.turn('plan it');
    expect(items.map(lineOf)).toEqual(['user: plan it', 'tool: 2 todos (completed)', 'agent: Planned.']);
    expect(toolOf(items).rawInput).toContain('"Mend"');
  });

  it('[C17] its modes are an option: in plan mode the model is told so, and the settings still ask', async () => {
    const planning = await agent.talk();
    const client = openClient(agent.muster);
    const choose = (value: string) =>
      client.request('conversation:configure', {
        conversationId: planning.conversationId,
        configId: 'mode',
        value,
      });
    const mode = async () =>
      (await planning.state()).facts.configOptions?.find(({ configId }) => configId === 'mode')?.value;
    try {
      model.script('ready?', say('Ready.'));
      await planning.turn('ready?');
      expect(await mode()).toBe('build');
      await choose('plan');
      expect(await mode()).toBe('plan');
      const write = call('write', { filePath: file('planned.txt'), content: 'text\n' });
      model.script('write in plan mode', write, say('never said'));
      await planning.say('write in plan mode');
      await planning.answer(await planning.asked(), { optionId: 'reject' });
      await planning.ended('write in plan mode');
      expect(model.heard('user').at(-1)).toContain('Plan mode');
      expect(existsSync(file('planned.txt'))).toBe(false);
      await choose('build');
      expect(await mode()).toBe('build');
      model.script('write in build mode', write, say('Written.'));
      await planning.say('write in build mode');
      await planning.answer(await planning.asked(), { optionId: 'once' });
      await planning.ended('write in build mode');
      expect(readFileSync(file('planned.txt'), 'utf8')).toBe('text\n');
      expect(model.heard('user').at(-1)).not.toContain('Plan mode is active');
    } finally {
      client.close();
    }
  });

  it('[C16] a turn that is cancelled in the middle of a text keeps what was said', async () => {
    model.script('go on', { parts: [{ say: 'It goes on and on' }], hangs: true });
    await talk.say('go on');
    await talk.until('it speaks', (items) => items.some((item) => lineOf(item).startsWith('agent: It goes')));
    await talk.cancel();
    expect((await talk.ended('go on')).map(lineOf)).toEqual(['user: go on', 'agent: It goes on and on']);
    expect((await talk.state()).turn).toMatchObject({ outcome: 'cancelled', stopReason: 'cancelled' });
  });

  it("[C5] a model's failure fails the turn with its words, and the next message is answered", async () => {
    model.script('fail', { status: 400, error: 'the model is on fire' });
    await talk.turn('fail');
    expect((await talk.state()).turn).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('the model is on fire') },
    });
    model.script('and again', say('All is well.'));
    expect((await talk.turn('and again')).map(lineOf)).toEqual(['user: and again', 'agent: All is well.']);
  });

  it('[C5] it has no question to ask over this protocol: its model is offered none', () => {
    const offered = model.requests.flatMap(({ tools = [] }) => tools.map((tool) => tool.function.name));
    expect(offered).toContain('todowrite');
    expect(offered).not.toContain('question');
  });

  it('[C16] it runs no command in the background; what a command leaves behind lives on', async () => {
    const command = 'sleep 1234 > /dev/null 2>&1 & echo started';
    model.script('serve', call('bash', { command, description: 'Serves' }), say('It serves.'));
    await talk.say('serve');
    await talk.answer(await talk.asked(), { optionId: 'once' });
    const items = await talk.ended('serve');
    expect(items.map(lineOf)).toEqual(['user: serve', `tool: ${command} (completed)`, 'agent: It serves.']);
    expect(toolOf(items).background).toBeUndefined();
    expect(agent.pids('sleep 1234')).toHaveLength(1);
  });

  describe('when its keeper is killed', () => {
    it('[C11] [C16] the turn is interrupted, and the next message goes on with the session', async () => {
      model.script('before', { parts: [{ say: 'I begin' }], hangs: true });
      await talk.say('before');
      await talk.until('it speaks', (items) => items.some((item) => lineOf(item) === 'agent: I begin'));
      await agent.killKeeper('opencode');
      await talk.ended('before');
      expect((await talk.state()).turn).toMatchObject({ outcome: 'interrupted' });
      const { sessionId } = (await talk.state()).facts;
      model.script('after', say('I am back.'));
      expect((await talk.turn('after')).map(lineOf)).toEqual(['user: after', 'agent: I am back.']);
      expect((await talk.state()).facts.sessionId).toBe(sessionId);
      expect(model.heard('user')).toEqual(expect.arrayContaining(['hello', 'echo one', 'before', 'after']));
    });

    it('[C11] and its session is lost, a new one begins, which a notice says', async () => {
      const { sessionId } = (await talk.state()).facts;
      await agent.killKeeper('opencode');
      rmSync(join(agent.muster.directory, 'home', '.local'), { recursive: true });
      model.script('who am I?', say('I do not know.'));
      const items = await talk.turn('who am I?');
      expect(items.map(lineOf)).toEqual(['user: who am I?', 'agent: I do not know.']);
      expect(await talk.lines()).toContainEqual(expect.stringMatching(/^notice: .*A new session began/));
      expect((await talk.state()).facts.sessionId).not.toBe(sessionId);
      expect(model.heard('user')).toEqual(['who am I?']);
    });
  });
});
