import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAT_TOKENS, chatOf } from './lib/chat-model.ts';
import type { RestConversation } from './lib/conversation.ts';
import type { Reply } from './lib/model-script.ts';
import { OpenCode } from './lib/opencode.ts';

let opencode: OpenCode;
let talk: RestConversation;
beforeAll(async () => {
  opencode = await OpenCode.start();
  talk = await opencode.agent.begin();
});
afterAll(() => opencode[Symbol.asyncDispose]());

const script = (prompt: string, ...replies: readonly Reply[]) =>
  opencode.model.script.when(prompt, ...replies);
const bash = (command: string) => ({ tool: 'bash', input: { command, description: 'A command' } });
const file = (name: string, content?: string) => opencode.agent.file(name, content);
const turnOf = async () => (await talk.state()).turn;
/** What the model was told last by one of these: user, tool, assistant. */
function heard(role: string): readonly string[] {
  const last = opencode.model.requests.findLast(({ path, body }) => {
    return path.endsWith('/completions') && chatOf({ path, body, headers: {} }).tools.length > 0;
  });
  return last === undefined ? [] : chatOf(last).said(role);
}

describe('OpenCode', () => {
  it('[C6] [C18] text, thought and cost arrive as the model said them', async () => {
    script('say hello', [{ thought: 'Be brief; they only greet me.' }, { text: 'Hello, **you**.' }]);
    const { facts, turn } = await talk.turn('say hello');
    expect(await talk.lines()).toEqual([
      'user: say hello',
      'thought: Be brief; they only greet me.',
      'agent: Hello, **you**.',
    ]);
    expect(turn).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect(facts.info).toMatchObject({ name: 'OpenCode', version: '1.18.33', resumes: true });
    const cost = { amount: 0.0045, currency: 'USD' };
    await talk.until({ facts: { usage: { used: CHAT_TOKENS.input, size: 100_000, cost }, spent: cost } });
  });

  describe('a command that it asks for', () => {
    it('[C8] [C9] is shown with the options as they are; allowed once, it runs', async () => {
      script('print one', [{ text: 'I run it.' }, bash('echo one')], [{ text: 'It ran.' }]);
      await talk.send('print one');
      const request = await talk.askedPermission();
      expect(request).toMatchObject({
        directory: opencode.agent.workspace,
        tool: { title: 'echo one', toolKind: 'execute' },
        options: [
          { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
          { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
          { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
        ],
      });
      expect(request.tool.rawInput).toContain('"command":"echo one"');
      await talk.answer(request, { optionId: 'once' });
      await talk.ends('user: print one', 'agent: I run it.', 'tool: echo one completed', 'agent: It ran.');
      expect((await talk.tool()).content).toEqual([{ type: 'text', text: 'one\n' }]);
      expect(heard('tool').at(-1)).toBe('one\n');
      expect(await talk.resolution(request)).toMatchObject({
        state: 'acknowledged',
        decision: { type: 'option', optionId: 'once' },
      });
    });

    it('[C9] allowed always, it does not ask again for the same', async () => {
      script('tell the date twice', [bash('date -u')], [bash('date -u')], [{ text: 'Twice.' }]);
      await talk.send('tell the date twice');
      await talk.answer(await talk.askedPermission(), { optionId: 'always' });
      await talk.ends(
        'user: tell the date twice',
        'tool: date -u completed',
        'tool: date -u completed',
        'agent: Twice.',
      );
    });

    it('[C9] rejected, it does not run, and the turn ends there', async () => {
      script('make a file', [bash('touch rejected')], [{ text: 'never said' }]);
      await talk.send('make a file');
      await talk.answer(await talk.askedPermission(), { optionId: 'reject' });
      await talk.until({ status: 'idle', turn: { state: 'ended', stopReason: 'end_turn' } });
      await talk.ends('user: make a file', 'tool: touch rejected failed');
      expect(existsSync(file('rejected'))).toBe(false);
    });

    it('[C9] rejected with a message, the agent hears both', async () => {
      script('make another file', [bash('touch explained')], [{ text: 'never said' }]);
      script('Print it instead.', [{ text: 'I print it instead.' }]);
      await talk.send('make another file');
      const message = 'Print it instead.';
      await talk.answer(await talk.askedPermission(), { optionId: 'reject', message });
      await talk.ends('tool: touch explained failed', `user: ${message}`, 'agent: I print it instead.');
      expect(heard('tool').at(-1)).toContain('rejected permission');
      expect(heard('user').at(-1)).toBe(message);
      expect(existsSync(file('explained'))).toBe(false);
    });

    it('[C7] [C16] cancelled while it asks, it does not run, and the next message is answered', async () => {
      script('make a third file', [bash('touch cancelled')], [{ text: 'never said' }]);
      script('and what now?', [{ text: 'Now this.' }]);
      await talk.send('make a third file');
      const request = await talk.askedPermission();
      await talk.cancel();
      await talk.until({ status: 'idle', turn: { state: 'ended', outcome: 'cancelled' } });
      expect(await talk.resolution(request)).toMatchObject({
        decision: { type: 'cancelled' },
        decider: { by: 'cancel' },
      });
      expect(existsSync(file('cancelled'))).toBe(false);
      await talk.turn('and what now?');
      await talk.ends('user: and what now?', 'agent: Now this.');
    });
  });

  it('[C8] an edit shows its diff before it is made, and what it replaced after', async () => {
    const path = file('a.txt', 'one\ntwo\n');
    const edit = { tool: 'edit', input: { filePath: path, oldString: 'two', newString: 'three' } };
    script('edit the file', [{ tool: 'read', input: { filePath: path } }], [edit], [{ text: 'Edited.' }]);
    await talk.send('edit the file');
    const request = await talk.askedPermission();
    expect(request.tool).toMatchObject({
      toolKind: 'edit',
      content: [{ type: 'diff', path, oldText: 'one\ntwo\n', newText: 'one\nthree\n' }],
    });
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    await talk.answer(request, { optionId: 'once' });
    await talk.ends('agent: Edited.');
    expect(readFileSync(path, 'utf8')).toBe('one\nthree\n');
    expect((await talk.tool()).content).toContainEqual({
      type: 'diff',
      path,
      oldText: 'two',
      newText: 'three',
    });
  });

  it('[C6] its list of things to do is a tool call: it tells no plan', async () => {
    const todos = [
      { content: 'Look', status: 'in_progress', priority: 'high', id: '1' },
      { content: 'Mend', status: 'pending', priority: 'low', id: '2' },
    ];
    script('make a plan', [{ tool: 'todowrite', input: { todos } }], [{ text: 'Planned.' }]);
    await talk.turn('make a plan');
    await talk.ends('user: make a plan', 'tool: 2 todos completed', 'agent: Planned.');
    expect((await talk.tool()).rawInput).toContain('"Mend"');
  });

  it('[C17] in plan mode the model is told so, the settings still ask, and a member leaves it', async () => {
    await using planning = await opencode.agent.begin();
    const write = { tool: 'write', input: { filePath: file('planned.txt'), content: 'text\n' } };
    const mode = async () =>
      (await planning.state()).facts.configOptions?.find(({ configId }) => configId === 'mode')?.value;
    script('are you ready?', [{ text: 'Ready.' }]);
    script('write in plan mode', [write], [{ text: 'never said' }]);
    script('write in build mode', [write], [{ text: 'Written.' }]);
    await planning.turn('are you ready?');
    expect(await mode()).toBe('build');

    await opencode.agent.configure(planning, 'mode', 'plan');
    expect(await mode()).toBe('plan');
    await planning.send('write in plan mode');
    const request = await planning.askedPermission();
    expect(heard('user').at(-1)).toMatch(/^write in plan mode.*Plan mode/s);
    await planning.answer(request, { optionId: 'reject' });
    await planning.until({ status: 'idle' });
    expect(existsSync(file('planned.txt'))).toBe(false);

    await opencode.agent.configure(planning, 'mode', 'build');
    expect(await mode()).toBe('build');
    await planning.send('write in build mode');
    await planning.answer(await planning.askedPermission(), { optionId: 'once' });
    await planning.says('agent: Written.');
    expect(readFileSync(file('planned.txt'), 'utf8')).toBe('text\n');
  });

  it('[C16] a turn that is cancelled in the middle of a text keeps what was said', async () => {
    script('never end', [{ text: 'It goes on and on' }, { wait: new Promise(() => {}) }]);
    await talk.send('never end');
    await talk.says('agent: It goes on and on');
    await talk.cancel();
    await talk.until({ status: 'idle', turn: { outcome: 'cancelled', stopReason: 'cancelled' } });
    await talk.ends('user: never end', 'agent: It goes on and on');
  });

  it("[C5] a model's failure fails the turn with its words, and the next message is answered", async () => {
    script('break down', { status: 400, error: 'the model is out of order' });
    script('and again?', [{ text: 'All is well.' }]);
    const { turn } = await talk.turn('break down');
    expect(turn).toMatchObject({ outcome: 'failed' });
    expect(turn?.error?.message).toContain('the model is out of order');
    await talk.turn('and again?');
    await talk.ends('user: and again?', 'agent: All is well.');
  });

  it('[C5] over this protocol its model has nothing to ask a question with', () => {
    const offered = opencode.model.requests.flatMap((request) => chatOf(request).tools);
    expect(offered).toContain('todowrite');
    expect(offered).not.toContain('question');
  });

  it('[C16] nothing it does is in the background; what a command leaves behind lives on', async () => {
    const command = 'sleep 1234 > /dev/null 2>&1 & echo started';
    script('serve it', [bash(command)], [{ text: 'It serves.' }]);
    await talk.send('serve it');
    await talk.answer(await talk.askedPermission(), { optionId: 'once' });
    await talk.ends('user: serve it', `tool: ${command} completed`, 'agent: It serves.');
    expect((await talk.tool()).background).toBeUndefined();
    expect(opencode.pids('sleep 1234')).toHaveLength(1);
  });

  describe('when its keeper is killed', () => {
    it('[C11] [C16] its turn is interrupted, and the next message goes on with the session', async () => {
      script('begin a long story', [{ text: 'Once upon' }, { wait: new Promise(() => {}) }]);
      script('go on with it', [{ text: 'I am back.' }]);
      await talk.send('begin a long story');
      await talk.says('agent: Once upon');
      await opencode.killKeeper();
      await talk.until({ turn: { state: 'ended', outcome: 'interrupted' } });
      const { sessionId } = (await talk.state()).facts;
      await talk.turn('go on with it');
      await talk.ends('user: go on with it', 'agent: I am back.');
      expect((await talk.state()).facts.sessionId).toBe(sessionId);
      expect(heard('user').slice(-2)).toEqual(['begin a long story', 'go on with it']);
    });

    it('[C11] and its session is lost, a new one begins, which a notice says', async () => {
      const { sessionId } = (await talk.state()).facts;
      await opencode.killKeeper();
      rmSync(opencode.data, { recursive: true });
      script('who am I?', [{ text: 'I do not know.' }]);
      await talk.turn('who am I?');
      expect(await turnOf()).toMatchObject({ outcome: 'done' });
      await talk.ends(
        expect.stringMatching(/^notice: .*A new session began/),
        'user: who am I?',
        'agent: I do not know.',
      );
      expect((await talk.state()).facts.sessionId).not.toBe(sessionId);
      expect(heard('user')).toEqual(['who am I?']);
    });
  });
});
