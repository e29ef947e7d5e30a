import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installAgents } from '../../scripts/lib/real-agents.mjs';
import { openBrowser, signIn } from '../harness/browser.ts';
import { survivorsOf } from '../harness/survivors.ts';
import { RealAgent } from './lib/real-agent.ts';
import { startResponsesModel } from './lib/responses-model.ts';
import type { ScriptedModel } from './lib/scripted-model.ts';

let model: ScriptedModel;
let codex: RealAgent;
beforeAll(async () => {
  await installAgents('all');
  model = await startResponsesModel();
  codex = await RealAgent.start({
    name: 'codex',
    command: 'codex-acp',
    environment: (home) => ({ CODEX_HOME: `${home}/codex`, MODEL_KEY: 'x' }),
    files: { 'codex/config.toml': config(model.url) },
  });
});
afterAll(async () => {
  await codex[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

/** A provider of a model on this machine. */
const config = (url: string) => `model = "m1"
model_provider = "here"
[model_providers.here]
name = "Here"
base_url = "${url}/v1"
env_key = "MODEL_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
`;
const command = (cmd: string, more: object = {}) => ({ tool: 'exec_command', input: { cmd, ...more } });
/** Beyond the sandbox: it asks. */
const escalated = (cmd: string) =>
  command(cmd, { sandbox_permissions: 'require_escalated', justification: 'It is a test' });

describe('a turn of Codex', () => {
  it('[C6] [C17] [C18] thought and text come in order, in the mode that asks; no cost is told', async () => {
    model.script.when('say hello', [{ thought: '**Be brief.**' }, { text: 'Hello there.' }]);
    await using talk = await codex.begin();
    const { turn, facts } = await talk.turn('say hello');
    const lines = (await talk.lines()).filter((line) => !line.startsWith('notice: Model metadata'));
    expect(lines[0]).toBe('user: say hello');
    expect(lines[1]?.trim()).toMatch(/^thought: +\**Be brief.\**|^thought: \n\n\*\*Be brief.\*\*$/);
    expect(lines[2]).toBe('agent: Hello there.');
    expect(turn).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect(facts).toMatchObject({
      mode: 'workspace-write',
      usage: { used: 1_100 },
      info: { name: 'Codex', version: '2.6.0', steering: true, resumes: true },
    });
    expect(facts.usage?.cost).toBeUndefined();
  });

  it('[C6] a command is a tool call, and what it prints is its terminal', async () => {
    model.script.when('print it', [command('echo printed')], [{ text: 'Printed.' }]);
    await using talk = await codex.begin();
    await talk.turn('print it');
    await talk.says('agent: Printed.');
    expect(await talk.tool()).toMatchObject({
      title: 'echo printed',
      toolKind: 'execute',
      status: 'completed',
      content: [{ type: 'terminal', text: 'printed\n' }],
    });
  });

  it('[C4] an error of the model is what the agent says of it', async () => {
    model.script.when('break down', { status: 400, error: 'the model is out of order' });
    await using talk = await codex.begin();
    expect((await talk.turn('break down')).turn).toMatchObject({ outcome: 'done', stopReason: 'end_turn' });
    expect((await talk.lines()).at(-1)).toContain('the model is out of order');
  });

  it('[C16] a cancel stops a model that is silent', async () => {
    model.script.when('never end', [{ text: 'I begin.' }, { wait: new Promise(() => {}) }]);
    await using talk = await codex.begin();
    await talk.send('never end');
    await talk.until({ status: 'running', facts: { adapter: 'ready' } });
    await talk.cancel();
    expect((await talk.until({ status: 'idle' })).turn).toMatchObject({ outcome: 'cancelled' });
  });

  it('[C12] hears what is steered into it', async () => {
    let open: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      open = resolve;
    });
    model.script.when('work long', [{ text: 'Working.' }, { wait }], [{ text: 'Both are done.' }]);
    await using talk = await codex.begin();
    await talk.send('work long');
    await talk.until({ status: 'running', facts: { adapter: 'ready' } });
    await model.hears('work long');
    await talk.send('take this with you', 'steer');
    await talk.says('user: take this with you');
    open();
    await talk.until({ status: 'idle', turn: { outcome: 'done' } });
    await talk.ends('agent: Working.', 'user: take this with you', 'agent: Both are done.');
    await model.hears('take this with you');
  });
});

describe('a permission that Codex asks', () => {
  it.each([
    ['allow_once', 'completed'],
    ['reject_once', 'failed'],
  ])('[C8] [C9] %s of a command beyond the sandbox is answered as it is', async (kind, status) => {
    const path = codex.file(`${kind}.txt`);
    const cmd = `echo ran > ${path}`;
    model.script.when(`go beyond ${kind}`, [escalated(cmd)], [{ text: 'So be it.' }]);
    await using talk = await codex.begin();
    await talk.send(`go beyond ${kind}`);
    const request = await talk.askedPermission();
    expect(request.tool.toolKind).toBe('execute');
    expect(request.tool.rawInput).toContain(cmd);
    const option = request.options.find((each) => each.kind === kind);
    await talk.answer(request, { optionId: option?.optionId ?? `none is ${kind}` });
    await talk.says('agent: So be it.');
    await talk.until({ status: 'idle' });
    expect(await talk.tool()).toMatchObject({ status });
    if (kind === 'allow_once') expect(readFileSync(path, 'utf8')).toBe('ran\n');
    else expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});

describe('a session of Codex', () => {
  it('[C11] [C16] goes on after its keeper was killed', async () => {
    model.script.when('remember seven', [{ text: 'Seven.' }]);
    model.script.when('what was it', [{ text: 'It was seven.' }]);
    await using talk = await codex.begin();
    const { facts } = await talk.turn('remember seven');
    const keeper = survivorsOf(codex.muster.tag).find(({ command: line }) => line.includes('cli.js keeper'));
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    const after = await talk.turn('what was it');
    await talk.says('agent: It was seven.');
    expect(after.facts).toMatchObject({ sessionId: facts.sessionId, mode: 'workspace-write' });
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('remember seven');
  });

  it('[C11] that it does not have begins anew, and a notice says so', async () => {
    model.script.when('are you there', [{ text: 'I am new.' }]);
    await using talk = await codex.begin({ resume: '01a22f9c-0000-79a0-825b-59f2101c3b72' });
    await talk.turn('are you there');
    expect((await talk.lines())[0]).toContain('notice: The agent has lost its session. A new session began');
    await talk.says('agent: I am new.');
  });
});

it('[C5] Codex without a key fails with the ways to sign in, which the page shows', async () => {
  await using bare = await RealAgent.start({
    name: 'codex',
    command: 'codex-acp',
    environment: (home) => ({ CODEX_HOME: `${home}/codex` }),
    files: { 'codex/config.toml': '[analytics]\nenabled = false\n' },
  });
  await using talk = await bare.begin();
  await talk.send('hello');
  const { turn, facts } = await talk.until({ status: 'failed', facts: { adapter: 'sign-in' } });
  expect(turn?.error).toMatchObject({ code: 'AGENT_SPAWN_FAILED', details: { signIn: true } });
  expect(facts.info?.authMethods.map(({ id }) => id)).toEqual(['api-key', 'chat-gpt-device-code']);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await signIn(page, bare.muster);
    await page.goto(
      `${bare.muster.url}/agents/codex?conversation=${encodeURIComponent(talk.conversationId)}`,
    );
    await page.getByRole('region', { name: 'Sign in' }).getByText('ChatGPT (device code)').waitFor();
    await page.getByText('Run codex login on the host, or set OPENAI_API_KEY.').first().waitFor();
  } finally {
    await browser.close();
  }
});
