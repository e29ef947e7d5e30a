import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAgents } from '../../scripts/lib/real-agents.mjs';
import { openBrowser, signIn } from '../harness/browser.ts';
import { survivorsOf } from '../harness/survivors.ts';
import { startGeminiModel } from './lib/gemini-model.ts';
import { RealAgent } from './lib/real-agent.ts';
import type { ScriptedModel } from './lib/scripted-model.ts';

const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};
const start = (environment: Readonly<Record<string, string>>) =>
  RealAgent.start({
    name: 'gemini',
    command: 'gemini',
    args: ['--acp'],
    environment: () => environment,
    files: { '.gemini/settings.json': JSON.stringify(SETTINGS) },
  });

let model: ScriptedModel;
let gemini: RealAgent;
beforeAll(async () => {
  await installAgents('all');
  model = await startGeminiModel();
  gemini = await start({ GEMINI_API_KEY: 'x', GOOGLE_GEMINI_BASE_URL: model.url });
});
afterAll(async () => {
  await gemini[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

const shell = (command: string) => ({
  tool: 'run_shell_command',
  input: { command, description: 'A command' },
});

describe('a turn of Gemini', () => {
  it('[C6] [C17] thought and text come in order, in the mode that asks', async () => {
    model.script.when('say hello', [{ thought: '**Brief** Be brief.' }, { text: 'Hello there.' }]);
    await using talk = await gemini.begin();
    const { turn, facts } = await talk.turn('say hello');
    expect(await talk.lines()).toEqual([
      'user: say hello',
      'thought: **Brief**\nBe brief.',
      'agent: Hello there.',
    ]);
    expect(turn).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect(facts).toMatchObject({ mode: 'default', info: { name: 'Gemini CLI', version: '0.61.0' } });
  });

  it('[C5] an error of the model fails it, in its words', async () => {
    model.script.when('break down', { status: 400, error: 'the model is out of order' });
    await using talk = await gemini.begin();
    const { turn } = await talk.turn('break down');
    expect(turn).toMatchObject({ outcome: 'failed' });
    expect(turn?.error?.message).toContain('the model is out of order');
  });

  it('[C16] a cancel stops a model that is silent', async () => {
    model.script.when('never end', [{ text: 'I begin.' }, { wait: new Promise(() => {}) }]);
    await using talk = await gemini.begin();
    await talk.send('never end');
    await model.hears('never end');
    await talk.cancel();
    expect((await talk.until({ status: 'idle' })).turn).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a permission that Gemini asks', () => {
  it('[C8] [C9] shows a command by its title alone, whole, and runs it when it is allowed', async () => {
    const command = `echo ${'long '.repeat(60)}> long.txt`;
    model.script.when('run long', [shell(command)], [{ text: 'It ran.' }]);
    await using talk = await gemini.begin();
    await talk.send('run long');
    const request = await talk.askedPermission();
    expect(request.tool.title.length).toBe(200);
    expect(request.tool.rawInput).toBe(JSON.stringify({ title: command }));
    expect(request.options.map(({ kind }) => kind)).toEqual(['allow_always', 'allow_once', 'reject_once']);
    await talk.answer(request, { optionId: 'proceed_once' });
    await talk.says('agent: It ran.');
    expect(readFileSync(gemini.file('long.txt'), 'utf8')).toBe(`${'long '.repeat(60).trim()}\n`);
  });

  it('[C9] rejected, it does not run', async () => {
    model.script.when('run never', [shell('touch never.txt')], [{ text: 'I do not.' }]);
    await using talk = await gemini.begin();
    await talk.send('run never');
    await talk.answer(await talk.askedPermission(), { optionId: 'cancel' });
    await talk.says('agent: I do not.');
    await talk.until({ status: 'idle' });
    expect((await talk.tool()).status).toBe('stopped');
    expect(() => readFileSync(gemini.file('never.txt'))).toThrow('ENOENT');
  });

  it('[C6] an edit is shown as a diff', async () => {
    const path = gemini.file('edited.txt', 'one\ntwo\n');
    const input = { file_path: path, instruction: 'Shout', old_string: 'two', new_string: 'TWO' };
    model.script.when('edit it', [{ tool: 'replace', input }], [{ text: 'Edited.' }]);
    await using talk = await gemini.begin();
    await talk.send('edit it');
    const request = await talk.askedPermission();
    expect(request.tool).toMatchObject({
      toolKind: 'edit',
      content: [{ type: 'diff', path, oldText: 'one\ntwo\n', newText: 'one\nTWO\n' }],
    });
    await talk.answer(request, { optionId: 'proceed_once' });
    await talk.says('agent: Edited.');
    expect(readFileSync(path, 'utf8')).toBe('one\nTWO\n');
  });
});

describe('a session of Gemini', () => {
  it('[C11] is loaded after its keeper was killed, and what it repeats is not said again', async () => {
    model.script.when('remember seven', [{ text: 'Seven.' }]);
    model.script.when('what was it', [{ text: 'It was seven.' }]);
    await using talk = await gemini.begin();
    await talk.turn('remember seven');
    const keeper = survivorsOf(gemini.muster.tag).find(({ command }) => command.includes('cli.js keeper'));
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    await talk.turn('what was it');
    expect(await talk.lines()).toEqual([
      'user: remember seven',
      'agent: Seven.',
      'user: what was it',
      'agent: It was seven.',
    ]);
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('remember seven');
  });

  it('[C11] that it does not have begins anew, and a notice says so', async () => {
    model.script.when('are you there', [{ text: 'I am new.' }]);
    await using talk = await gemini.begin({ resume: '00000000-0000-4000-8000-000000000000' });
    await talk.turn('are you there');
    expect((await talk.lines())[0]).toContain('notice: The agent has lost its session. A new session began');
    await talk.says('agent: I am new.');
  });
});

it('[C5] Gemini without a key fails with the ways to sign in, which the page shows', async () => {
  await using bare = await start({ GOOGLE_GEMINI_BASE_URL: model.url });
  await using talk = await bare.begin();
  await talk.send('hello');
  const { turn, facts } = await talk.until({ status: 'failed', facts: { adapter: 'sign-in' } });
  expect(turn?.error?.message).toMatch(/API key is missing.*Run gemini on the host/);
  expect(facts.info?.authMethods.map(({ id }) => id)).toContain('gemini-api-key');
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await signIn(page, bare.muster);
    await page.goto(
      `${bare.muster.url}/agents/gemini?conversation=${encodeURIComponent(talk.conversationId)}`,
    );
    await page.getByRole('region', { name: 'Sign in' }).getByText('Vertex AI', { exact: true }).waitFor();
    await page.getByText('Run gemini on the host and sign in, or set GEMINI_API_KEY.').first().waitFor();
  } finally {
    await browser.close();
  }
});
