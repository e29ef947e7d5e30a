import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAgents } from '../../scripts/lib/real-agents.mjs';
import { openBrowser, signIn } from '../harness/browser.ts';
import { survivorsOf } from '../harness/survivors.ts';
import { startMessagesModel, TOKENS } from './lib/messages-model.ts';
import { RealAgent } from './lib/real-agent.ts';
import type { ScriptedModel } from './lib/scripted-model.ts';

let model: ScriptedModel;
let claude: RealAgent;
beforeAll(async () => {
  await installAgents('all');
  model = await startMessagesModel();
  claude = await RealAgent.start({
    name: 'claude',
    command: 'claude-agent-acp',
    environment: (home) => ({
      CLAUDE_CONFIG_DIR: `${home}/claude`,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'x',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
      DISABLE_TELEMETRY: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
  });
});
afterAll(async () => {
  await claude[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

const bash = (command: string, more: object = {}) => ({
  tool: 'Bash',
  input: { command, description: 'A command', ...more },
});
/** Until the test says so. */
function gate() {
  let open: () => void = () => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

describe('a turn of Claude', () => {
  it('[C6] [C18] text and thought come in order, are one item each, and the cost is told', async () => {
    model.script.when('say hello', [{ thought: 'Be brief.' }, { text: 'Hello there.' }]);
    await using talk = await claude.begin();
    const state = await talk.turn('say hello');
    expect(await talk.lines()).toEqual(['user: say hello', 'thought: Be brief.', 'agent: Hello there.']);
    expect(state.turn).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect(state.facts.usage).toMatchObject({
      used: TOKENS.input + TOKENS.output,
      cost: { amount: expect.any(Number), currency: 'USD' },
    });
    expect(state.facts.spent?.amount).toBeGreaterThan(0);
  });

  it('[C17] runs in the mode in which it asks, and the page may say so', async () => {
    model.script.when('which mode', [{ text: 'Default.' }]);
    await using talk = await claude.begin();
    const { facts } = await talk.turn('which mode');
    expect(facts).toMatchObject({ mode: 'default', info: { name: 'Claude Agent', version: '0.101.0' } });
  });

  it('[C5] an error of the model ends the turn as failed, in its words', async () => {
    model.script.when('break down', { status: 400, error: 'the model is out of order' });
    await using talk = await claude.begin();
    const { turn, status } = await talk.turn('break down');
    expect(turn).toMatchObject({ outcome: 'failed' });
    expect(turn?.error?.message).toContain('the model is out of order');
    expect(status).toBe('idle');
  });

  it('[C16] a cancel stops a model that is silent, and the next message is answered', async () => {
    model.script.when('never end', [{ text: 'I begin.' }, { wait: new Promise(() => {}) }]);
    model.script.when('and now', [{ text: 'Now I answer.' }]);
    await using talk = await claude.begin();
    await talk.send('never end');
    await model.hears('never end');
    await talk.until({ status: 'running' });
    await talk.cancel();
    expect((await talk.until({ status: 'idle' })).turn).toMatchObject({ outcome: 'cancelled' });
    await talk.turn('and now');
    await talk.ends('user: and now', 'agent: Now I answer.');
  });

  it('[C6] an edit is shown as a diff, and is asked for with it', async () => {
    const path = claude.file('edited.txt', 'one\ntwo\nthree\n');
    const input = { file_path: path, old_string: 'two', new_string: 'TWO' };
    model.script.when(
      'edit the file',
      [{ tool: 'Read', input: { file_path: path } }],
      [{ tool: 'Edit', input }],
      [{ text: 'Edited.' }],
    );
    await using talk = await claude.begin();
    await talk.send('edit the file');
    const request = await talk.askedPermission();
    expect(request.tool).toMatchObject({
      title: 'Edit edited.txt',
      toolKind: 'edit',
      content: [{ type: 'diff', path, oldText: 'two', newText: 'TWO' }],
      locations: [{ path }],
    });
    await talk.answer(request, { optionId: 'allow-once' });
    await talk.ends('tool: Read edited.txt completed', 'tool: Edit edited.txt completed', 'agent: Edited.');
    expect((await talk.tool()).content).toEqual([
      { type: 'diff', path, oldText: 'one\ntwo\nthree', newText: 'one\nTWO\nthree' },
    ]);
    expect(readFileSync(path, 'utf8')).toBe('one\nTWO\nthree\n');
  });

  it('[C6] a list of tasks is a plan', async () => {
    const todo = (status: string) => ({
      tool: 'TodoWrite',
      input: {
        todos: [
          { content: 'First', status, activeForm: 'Doing the first' },
          { content: 'Second', status: 'pending', activeForm: 'Doing the second' },
        ],
      },
    });
    model.script.when('plan it', [todo('in_progress')], [todo('completed')], [{ text: 'Planned.' }]);
    await using talk = await claude.begin();
    await talk.turn('plan it');
    expect((await talk.items()).find(({ kind }) => kind === 'plan')).toMatchObject({
      entries: [
        { content: 'First', status: 'completed' },
        { content: 'Second', status: 'pending' },
      ],
    });
  });
});

const includes = (body: unknown, text: string) => JSON.stringify(body).includes(text);

describe('a permission that Claude asks', () => {
  it('[C8] [C9] shows the command it is about, and runs it when it is allowed once', async () => {
    model.script.when('run once', [bash('echo ran > once.txt; echo printed')], [{ text: 'It ran.' }]);
    await using talk = await claude.begin();
    await talk.send('run once');
    const request = await talk.askedPermission();
    expect(request.tool).toMatchObject({ toolKind: 'execute', content: [] });
    expect(request.tool.rawInput).toContain('"command":"echo ran > once.txt; echo printed"');
    expect(request.options.map(({ kind }) => kind)).toEqual(['allow_once', 'allow_always', 'reject_once']);
    await talk.answer(request, { optionId: 'allow-once' });
    await talk.ends('tool: echo ran > once.txt; echo printed completed', 'agent: It ran.');
    expect((await talk.tool()).content).toEqual([{ type: 'terminal', text: 'printed' }]);
    expect(readFileSync(claude.file('once.txt'), 'utf8')).toBe('ran\n');
    expect(await talk.resolution(request)).toMatchObject({ state: 'acknowledged' });
  });

  it('[C9] allowed always, which is for all edits of the session, it asks no second time', async () => {
    const path = claude.file('always.txt');
    const write = (content: string) => ({ tool: 'Write', input: { file_path: path, content } });
    model.script.when('write always', [write('one\n')], [{ text: 'Once.' }]);
    model.script.when('write it again', [write('two\n')], [{ text: 'Twice.' }]);
    await using talk = await claude.begin();
    await talk.send('write always');
    const request = await talk.askedPermission();
    const always = request.options.find(({ kind }) => kind === 'allow_always');
    expect(always?.name).toBe('Yes, allow all edits during this session');
    await talk.answer(request, { optionId: always?.optionId ?? 'none is offered' });
    await talk.until({ status: 'idle' });
    await talk.turn('write it again');
    await talk.says('agent: Twice.');
    expect(readFileSync(path, 'utf8')).toBe('two\n');
  });

  it('[C9] rejected with a message, it does not run, and the message is the next it hears', async () => {
    model.script.when('run never', [bash('touch never.txt')], [{ text: 'I do not.' }]);
    model.script.when('Use another name', [{ text: 'Another name, then.' }]);
    await using talk = await claude.begin();
    await talk.send('run never');
    await talk.answer(await talk.askedPermission(), { optionId: 'reject', message: 'Use another name' });
    await talk.ends('user: Use another name', 'agent: Another name, then.');
    expect(await talk.tool()).toMatchObject({
      status: 'failed',
      content: [{ type: 'terminal', text: 'User refused permission to run tool' }],
    });
    expect(() => readFileSync(claude.file('never.txt'))).toThrow('ENOENT');
  });

  it('[C7] a cancel answers it, and nothing runs', async () => {
    model.script.when('ask and go', [bash('touch gone.txt')], [{ text: 'Not reached.' }]);
    await using talk = await claude.begin();
    await talk.send('ask and go');
    const request = await talk.askedPermission();
    await talk.cancel();
    expect((await talk.until({ status: 'idle' })).turn).toMatchObject({ outcome: 'cancelled' });
    expect(await talk.resolution(request)).toMatchObject({ decision: { type: 'cancelled' } });
    expect(() => readFileSync(claude.file('gone.txt'))).toThrow('ENOENT');
  });

  it('[C7] a question is a form, and its answer reaches the model', async () => {
    const options = [
      { label: 'Red', description: 'warm' },
      { label: 'Blue', description: 'cold' },
    ];
    const question = { question: 'Which colour?', header: 'Colour', multiSelect: false, options };
    model.script.when(
      'ask for a colour',
      [{ tool: 'AskUserQuestion', input: { questions: [question] } }],
      [{ text: 'Thanks.' }],
    );
    await using talk = await claude.begin();
    await talk.send('ask for a colour');
    const request = await talk.asked();
    expect(request).toMatchObject({ kind: 'elicitation', message: 'Which colour?', form: { mode: 'form' } });
    await talk.answer(request, { action: 'accept', content: { question_0: 'Blue' } });
    await talk.ends('tool: Which colour? completed', 'agent: Thanks.');
    expect((await talk.tool()).rawOutput).toContain('"Which colour?"="Blue"');
  });
});

describe('leaving plan mode', () => {
  it.each([
    ['exit-plan-default', 'default', 'end_turn'],
    ['exit-plan-auto', 'auto', 'end_turn'],
    ['reject', 'plan', 'cancelled'],
  ])('[C9] option %s is answered as it is, and leaves it in mode %s', async (optionId, mode, stopReason) => {
    const prompt = `make a plan to ${optionId}`;
    const plan = `# The plan\n\n1. ${optionId}`;
    model.script.when(prompt, [{ tool: 'ExitPlanMode', input: { plan } }], [{ text: 'So be it.' }]);
    await using talk = await claude.begin();
    await claude.configure(talk, 'mode', 'plan');
    await talk.send(prompt);
    const request = await talk.askedPermission();
    expect(request.tool.toolKind).toBe('switch_mode');
    expect((await talk.state()).facts.mode).toBe('plan');
    await talk.answer(request, { optionId });
    await talk.until({ status: 'idle', facts: { mode }, turn: { stopReason } });
    // On a busy machine the plan comes behind its request, whose card then says that it is not told.
    expect((await talk.tool()).rawInput).toBe(JSON.stringify({ plan }));
    expect(await talk.resolution(request)).toMatchObject({ decision: { type: 'option', optionId } });
  });
});

describe('Claude beside a turn', () => {
  it('[C12] hears what is steered into its turn', async () => {
    const { wait, open } = gate();
    model.script.when('work long', [{ text: 'Working.' }, { wait }], [{ text: 'Both are done.' }]);
    await using talk = await claude.begin();
    await talk.send('work long');
    await talk.until({ status: 'running', facts: { info: { steering: true } } });
    await model.hears('work long');
    await talk.send('take this with you', 'steer');
    await talk.says('user: take this with you');
    open();
    const { turn } = await talk.until({ status: 'idle' });
    expect(turn).toMatchObject({ outcome: 'done' });
    await talk.ends('user: take this with you', 'agent: Both are done.');
    await model.hears('take this with you');
  });

  it('[C16] works in the background when a command of it ends, and may ask then', async () => {
    const command = bash('touch began.txt; until [ -e go.txt ]; do sleep 0.1; done', {
      run_in_background: true,
    });
    model.script.when(
      'in the background',
      [command],
      [{ text: 'It runs on.' }],
      [bash('touch after.txt')],
      [{ text: 'Seen.' }],
    );
    await using talk = await claude.begin();
    await talk.send('in the background');
    await talk.answer(await talk.askedPermission(), { optionId: 'allow-once' });
    const { turn } = await talk.until({ status: 'idle' });
    await talk.ends('agent: It runs on.');
    expect(await talk.tool()).toMatchObject({ background: true });
    claude.file('go.txt', '');
    const request = await talk.askedPermission();
    expect(request.turnId).toBeUndefined();
    await talk.answer(request, { optionId: 'allow-once' });
    await talk.ends('tool: touch after.txt completed', 'agent: Seen.');
    expect((await talk.state()).turn?.turnId).toBe(turn?.turnId);
  });
});

describe('a session of Claude', () => {
  it('[C11] [C16] goes on after its keeper was killed: the turn is interrupted, the next one remembers', async () => {
    model.script.when('remember seven', [{ text: 'Seven.' }], [{ text: 'Asked twice.' }]);
    model.script.when('hang now', [{ text: 'Hanging.' }, { wait: new Promise(() => {}) }]);
    model.script.when('what was it', [{ text: 'It was seven.' }]);
    await using talk = await claude.begin();
    const { facts } = await talk.turn('remember seven');
    await talk.send('hang now');
    await talk.until({ status: 'running' });
    const keeper = survivorsOf(claude.muster.tag).find(({ command }) => command.includes('cli.js keeper'));
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    const state = await talk.until({ status: 'interrupted' });
    expect(state.turn).toMatchObject({ outcome: 'interrupted' });
    const after = await talk.turn('what was it');
    await talk.ends('user: what was it', 'agent: It was seven.');
    expect(after.facts).toMatchObject({ sessionId: facts.sessionId, mode: 'default' });
    const last = model.requests.findLast(({ body }) => includes(body, 'what was it'));
    expect(includes(last?.body, 'remember seven')).toBe(true);
  });

  it('[C11] that it does not have begins anew, and a notice says so', async () => {
    model.script.when('are you there', [{ text: 'I am new.' }]);
    await using talk = await claude.begin({ resume: '00000000-0000-4000-8000-000000000000' });
    await talk.turn('are you there');
    const lines = await talk.lines();
    expect(lines[0]).toContain('notice: The agent has lost its session. A new session began');
    expect(lines.slice(1)).toEqual(['user: are you there', 'agent: I am new.']);
  });

  it('[C17] is set to the mode that a member chose when it is resumed', async () => {
    model.script.when('first in edits', [{ text: 'First.' }]);
    await using talk = await claude.begin();
    await talk.turn('first in edits');
    const { sessionId } = (await talk.state()).facts;
    await using other = await claude.begin({ resume: sessionId ?? 'none' });
    await claude.configure(other, 'mode', 'acceptEdits');
    model.script.when('then in edits', [{ text: 'Then.' }]);
    const state = await other.turn('then in edits');
    expect(state.facts.mode).toBe('acceptEdits');
    const last = model.requests.findLast(({ body }) => includes(body, 'then in edits'));
    expect(includes(last?.body, 'first in edits')).toBe(true);
    expect(await other.lines()).toEqual(['user: then in edits', 'agent: Then.']);
  });
});

it('[C14] the page shows what the model and Claude said, word for word, live and after a reload', async () => {
  const { wait, open } = gate();
  const path = claude.file('shown.txt', 'before\n');
  const edit = { file_path: path, old_string: 'before', new_string: 'after' };
  model.script.when(
    'show all of it',
    [
      { thought: 'I think of it.' },
      { text: 'First I **read**.' },
      { tool: 'Read', input: { file_path: path } },
    ],
    [{ text: 'Then I edit.' }, { tool: 'Edit', input: edit }],
    [{ text: 'And it ' }, { wait }, { text: 'is done.' }],
  );
  await using talk = await claude.begin();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await signIn(page, claude.muster);
    const { url } = claude.muster;
    await page.goto(`${url}/agents/claude?conversation=${encodeURIComponent(talk.conversationId)}`);
    await page.getByTestId('message-input').fill('show all of it');
    await page.getByTestId('message-input').press('Enter');
    const card = page.getByTestId('permission-card');
    await card.waitFor();
    expect(await card.innerText()).toContain('shown.txt');
    // C8: nothing is allowed before all of it was on the screen.
    await card.getByTestId('argument').focus();
    await card.getByTestId('argument').press('End');
    await card.locator('[data-testid=option][data-kind=allow_once]').click();
    const transcript = page.getByTestId('transcript');
    await transcript.getByText('And it', { exact: true }).waitFor();
    open();
    await transcript.getByText('is done.').waitFor();
    const order = [
      'show all of it',
      'First I read.',
      'Read shown.txt',
      'Then I edit.',
      'Edit shown.txt',
      'And it',
    ];
    for (const when of ['live', 'after a reload']) {
      const text = await transcript.innerText();
      const places = order.map((each) => text.indexOf(each));
      expect(places, `${when}: ${text}`).toEqual([...places].sort((a, b) => a - b));
      expect(places, `${when}: ${text}`).not.toContain(-1);
      await page.reload();
      await transcript.getByText('is done.').waitFor();
    }
  } finally {
    await browser.close();
  }
  expect((await talk.lines()).slice(0, 3)).toEqual([
    'user: show all of it',
    'thought: I think of it.',
    'agent: First I **read**.',
  ]);
});
