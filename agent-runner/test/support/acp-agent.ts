/**
 * A scripted ACP agent: a real process that speaks the protocol on its standard streams, without any library, so that a
 * test can copy it anywhere. Run it with Node 22.18 or later. The text of a prompt says what it does:
 *
 * - `text`            two pieces of one message
 * - `think`           a thought and a message with the same messageId
 * - `tool`            a tool call whose input comes with its second update, which prints and completes
 * - `ask`             asks for permission (options once, always, reject); says `chose <optionId>` or `cancelled`
 * - `ask two`         two requests of one tool call, at once
 * - `bare ask`        a request that names only its tool call's id, whose argument came before
 * - `form`, `link`    elicitations; says the action and the values
 * - `withdraw`        asks, and cancels its request by `$/cancel_request`
 * - `diff`            a tool call with a diff
 * - `plan`            a plan, and the plan again with its first entry done
 * - `slow`            a piece of text every 20 ms until it is cancelled
 * - `hang`            nothing at all until it is cancelled
 * - `ignore cancel`   nothing at all, also when it is cancelled
 * - `crash`           a piece of text, words on stderr, exit code 3
 * - `garbage`         lines that are no messages
 * - `megabyte`        a tool call that prints a megabyte
 * - `unknown`         updates, blocks and a method that nobody knows
 * - `late`            an update after the result
 * - `same write`      updates and the result in one write
 * - `ids repeat`      a second tool call with the id of the first
 * - `open tool`       a tool call that never ends, and one in the background
 * - `background ask`  ends its turn, then asks
 * - `background`      ends its turn, then works on
 * - `child`           leaves a process behind
 * - `usage N`         tells that the session cost N
 * - `state`           commands, mode, title and suggestions
 * - `auth error`, `error`  the prompt fails with -32000, with -32603
 * - `secret NAME`     prints the variable NAME letter by letter, in a tool call and as text
 * - `where`           its mode, working directory and session
 * - `request JSON`, `elicit JSON`, `update JSON`  asks for that tool call, with those parameters, sends that update
 * - anything else is said back, as `said: …`
 *
 * Flags: `--auth` asks for a sign-in until `authenticate` with `key`, `--load` can load and not resume, `--plain` can do
 * neither, `--vague` says no more than -32603 of a session that is gone but lists those it has, `--steer` can be steered,
 * `--options` has a boolean and a select, `--mute` answers nothing.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Json = Record<string, unknown>;
type Answer = { result?: Json; error?: Json };

const flags = new Set(process.argv.slice(2));
const waiting = new Map<number, (answer: Answer) => void>();
let nextId = 1000;
let sessionId = '';
let signedIn = !flags.has('--auth');
let mode = 'auto';
let brave = false;
let cancel: () => void = () => {};
const lines: string[] = [];
let holding = false;

function send(message: Json): void {
  lines.push(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  if (!holding) flush();
}
function flush(): void {
  process.stdout.write(lines.splice(0).join(''));
}
const update = (fields: Json, session = sessionId) =>
  send({ method: 'session/update', params: { sessionId: session, update: fields } });
const tool = (toolCallId: string, fields: Json) =>
  update({ sessionUpdate: 'tool_call', toolCallId, ...fields });
const toolUpdate = (toolCallId: string, fields: Json) =>
  update({ sessionUpdate: 'tool_call_update', toolCallId, ...fields });
const say = (text: string, messageId?: string) =>
  update({
    sessionUpdate: 'agent_message_chunk',
    content: { type: 'text', text },
    ...(messageId && { messageId }),
  });

function ask(method: string, params: Json): { id: number; answer: Promise<Answer> } {
  const id = nextId++;
  const answer = new Promise<Answer>((resolve) => void waiting.set(id, resolve));
  send({ id, method, params });
  return { id, answer };
}

const OPTIONS = [
  { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
];
const begin = (id: string) => tool(id, { title: 'bash', kind: 'execute', status: 'pending', rawInput: {} });
const asks = (toolCall: Json) => ask('session/request_permission', { sessionId, toolCall, options: OPTIONS });
const chosen = ({ result }: Answer) => {
  const outcome = (result?.['outcome'] ?? {}) as Json;
  return outcome['outcome'] === 'selected' ? `chose ${outcome['optionId']}` : 'cancelled';
};
const cancelled = () =>
  new Promise<void>((resolve) => {
    cancel = resolve;
  });
const elicit = (params: Json) => ask('elicitation/create', { sessionId, ...params }).answer;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const text = (value: string) => ({ type: 'content', content: { type: 'text', text: value } });
const DONE = { stopReason: 'end_turn' };

/** Absent: the turn ends as it should. */
type Script = (argument: string) => Promise<Json | undefined> | Json | undefined;

const scripts: Record<string, Script> = {
  text: () => {
    say('Hello ', 'm1');
    say('world', 'm1');
  },
  think: () => {
    const content = { type: 'text', text: 'Hm' };
    update({ sessionUpdate: 'agent_thought_chunk', content, messageId: 'same' });
    say('So', 'same');
  },
  tool: () => {
    begin('t1');
    toolUpdate('t1', { title: 'ls', rawInput: { command: 'ls' }, status: 'in_progress' });
    for (const data of ['a\n', 'b\n']) toolUpdate('t1', { _meta: { terminal_output_delta: { data } } });
    toolUpdate('t1', { status: 'completed', rawOutput: { exitCode: 0 } });
    say('Done');
  },
  ask: async () => {
    begin('t1');
    const toolCall = { toolCallId: 't1', title: 'rm', rawInput: { command: 'rm -rf build' } };
    const outcome = chosen(await asks(toolCall).answer);
    if (outcome === 'cancelled') return { stopReason: 'cancelled' };
    toolUpdate('t1', { status: 'completed' });
    say(outcome);
    return DONE;
  },
  'ask two': async () => {
    begin('t1');
    const both = [{ command: 'one' }, { command: 'two' }].map((rawInput) =>
      asks({ toolCallId: 't1', rawInput }),
    );
    const outcomes = await Promise.all(both.map(({ answer }) => answer.then(chosen)));
    say(outcomes.join(', '));
  },
  'bare ask': async () => {
    const content = [{ type: 'diff', path: '/a.txt', oldText: null, newText: 'new' }];
    tool('e1', { title: 'Edit a.txt', kind: 'edit', content });
    say(chosen(await asks({ toolCallId: 'e1' }).answer));
  },
  form: async () => {
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    const { result } = await elicit({ mode: 'form', message: 'Your name?', requestedSchema });
    say(JSON.stringify(result));
  },
  link: async () => {
    const url = 'https://example.com/device';
    const { result } = await elicit({ mode: 'url', elicitationId: 'e', url, message: 'Open it' });
    say(JSON.stringify(result));
  },
  withdraw: async () => {
    begin('t1');
    const { id, answer } = asks({ toolCallId: 't1' });
    send({ method: '$/cancel_request', params: { requestId: id } });
    await answer;
  },
  diff: () => {
    const content = [{ type: 'diff', path: '/work/a.txt', oldText: 'old\n', newText: 'new\n' }];
    const locations = [{ path: '/work/a.txt', line: 3 }];
    tool('d1', { title: 'Edit', kind: 'edit', status: 'completed', content, locations });
  },
  plan: () => {
    for (const status of ['pending', 'completed'])
      update({
        sessionUpdate: 'plan',
        entries: [
          { content: 'Look', priority: 'high', status },
          { content: 'Fix', priority: 'low', status: 'pending' },
        ],
      });
  },
  slow: async () => {
    let isOver = false;
    const over = cancelled().then(() => {
      isOver = true;
    });
    for (let n = 0; !isOver; n += 1) {
      say(`${n} `, 'slow');
      await Promise.race([over, pause(20)]);
    }
    return { stopReason: 'cancelled' };
  },
  hang: async () => {
    await cancelled();
    return { stopReason: 'cancelled' };
  },
  'ignore cancel': () => new Promise(() => {}),
  crash: () => {
    say('about to');
    process.stderr.write('segmentation fault\n', () => process.exit(3));
    return new Promise<Json>(() => {});
  },
  garbage: () => {
    process.stdout.write('this is no message\n"nor this"\n{"jsonrpc":"2.0","id":99999,"result":{}}\n\n');
  },
  megabyte: () => {
    begin('big');
    const content = [text(`begin${'x'.repeat(1024 * 1024)}end`)];
    toolUpdate('big', { status: 'completed', content });
  },
  unknown: async () => {
    update({ sessionUpdate: 'from_the_future', colour: 'red' });
    update({ sessionUpdate: 'agent_message_chunk', content: { type: 'hologram', data: 1 } });
    const { error } = await ask('fs/read_text_file', { path: '/etc/passwd' }).answer;
    say(`refused ${error?.['code']}`);
  },
  late: () => void setTimeout(() => say('late'), 50),
  'same write': () => {
    holding = true;
    say('a');
    say('b');
  },
  'ids repeat': () => {
    for (const command of ['first', 'second']) {
      tool('r', { title: command, status: 'pending', rawInput: { command } });
      toolUpdate('r', { status: 'completed' });
    }
  },
  'open tool': () => {
    begin('open');
    tool('back', { title: 'serve', status: 'in_progress', rawInput: { run_in_background: true } });
  },
  'background ask': () => {
    setTimeout(
      async () => say(chosen(await asks({ toolCallId: 'bg', title: 'later', rawInput: 'x' }).answer)),
      100,
    );
  },
  background: () => void setTimeout(() => say('still here'), 2_500),
  child: () => void spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref(),
  usage: (amount) => {
    update({
      sessionUpdate: 'usage_update',
      used: 10,
      size: 100,
      cost: { amount: Number(amount), currency: 'USD' },
    });
  },
  state: () => {
    update({
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'review', description: 'Reviews', input: { hint: 'what' } }],
    });
    update({ sessionUpdate: 'current_mode_update', currentModeId: 'plan' });
    update({
      sessionUpdate: 'session_info_update',
      title: 'A title',
      _meta: { promptSuggestions: ['Go on'] },
    });
  },
  secret: (name) => {
    const value = process.env[name] ?? '';
    for (const letter of `it is ${value}.`) say(letter, 'secret');
    tool('s', { title: value, status: 'completed', content: [text(value)] });
  },
  request: async (toolCall) => {
    say(chosen(await asks({ toolCallId: 'given', ...JSON.parse(toolCall) }).answer));
  },
  elicit: async (params) => {
    const { result, error } = await elicit(JSON.parse(params));
    say(JSON.stringify(result ?? error));
  },
  update: (fields) => void update(JSON.parse(fields)),
  where: () => {
    say(JSON.stringify({ mode, brave, cwd: process.cwd(), sessionId }));
  },
};

const GONE = { code: -32002, message: 'Resource not found' };
const VAGUE = { code: -32603, message: 'Internal error: service failure', data: { service: 'session' } };
const AUTH = { code: -32000, message: 'Authentication required' };
const modes = () => ({
  currentModeId: mode,
  availableModes: ['auto', 'default', 'plan'].map((id) => ({ id, name: id })),
});
const options = () => [
  { type: 'boolean', id: 'brave', name: 'Brave', currentValue: brave },
  {
    type: 'select',
    id: 'model',
    name: 'Model',
    category: 'model',
    currentValue: 'big',
    options: [{ value: 'big', name: 'Big' }],
  },
];
const session = (): Json => ({
  ...(flags.has('--options') ? { configOptions: options() } : {}),
  modes: modes(),
});

const WITH_ARGUMENT = new Set(['usage', 'secret', 'request', 'elicit', 'update']);

async function prompted(params: Json): Promise<Answer> {
  const parts = params['prompt'] as Json[];
  const words = parts.map((part) => part['text'] ?? part['uri'] ?? '').join('');
  if (words === 'auth error') return { error: AUTH };
  if (words === 'error') return { error: { ...VAGUE, data: { errorKind: 'rate_limit' } } };
  const script = scripts[words];
  const [name = ''] = words.split(' ', 1);
  const argument = words.slice(name.length + 1);
  if (script !== undefined) return { result: (await script('')) ?? DONE };
  const withArgument = WITH_ARGUMENT.has(name) ? scripts[name] : undefined;
  if (withArgument !== undefined) return { result: (await withArgument(argument)) ?? DONE };
  say(`said: ${words}`);
  return { result: DONE };
}

const methods: Record<string, (params: Json) => Promise<Answer> | Answer> = {
  initialize: () => ({
    result: {
      protocolVersion: 1,
      agentInfo: { name: 'scripted', title: 'Scripted', version: '1.0' },
      agentCapabilities: {
        loadSession: flags.has('--load'),
        promptCapabilities: { image: true },
        sessionCapabilities: {
          ...(flags.has('--load') || flags.has('--plain') ? {} : { resume: {} }),
          ...(flags.has('--vague') ? { list: {} } : {}),
        },
      },
      authMethods: [
        { id: 'key', name: 'API key' },
        { id: 'tui', name: 'Terminal', type: 'terminal', args: ['--login'] },
      ],
      ...(flags.has('--steer') ? { _meta: { steering: { supported: true } } } : {}),
    },
  }),
  authenticate: ({ methodId }) => {
    if (methodId !== 'key') return { error: { code: -32603, message: 'No such method' } };
    signedIn = true;
    return { result: {} };
  },
  'session/new': () => {
    if (!signedIn) return { error: AUTH };
    sessionId = `s-${process.pid}`;
    return { result: { sessionId, ...session() } };
  },
  'session/list': () => ({ result: { sessions: [{ sessionId: 'another', cwd: process.cwd() }] } }),
  'session/resume': (params) => resumed(params),
  'session/load': (params) => {
    const answer = resumed(params);
    if (answer.error === undefined) {
      update({ sessionUpdate: 'user_message_chunk', content: { type: 'text', text: 'from before' } });
      update({
        sessionUpdate: 'available_commands_update',
        availableCommands: [{ name: 'loaded', description: '' }],
      });
    }
    return answer;
  },
  'session/set_mode': ({ modeId }) => {
    mode = String(modeId);
    return { result: {} };
  },
  'session/set_config_option': ({ configId, value }) => {
    if (configId !== 'brave') return { error: { code: -32602, message: 'No such option' } };
    brave = value === true;
    return { result: { configOptions: options() } };
  },
  'session/prompt': prompted,
  '_session/steering': ({ prompt }) => {
    const [part] = prompt as Json[];
    const outcome = part?.['text'] === 'too late' ? 'promptRequired' : 'injected';
    return { result: { outcome } };
  },
};

function resumed(params: Json): Answer {
  if (!signedIn) return { error: AUTH };
  if (String(params['sessionId']).includes('gone')) return { error: flags.has('--vague') ? VAGUE : GONE };
  sessionId = String(params['sessionId']);
  return { result: session() };
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  if (flags.has('--mute')) return;
  const message = JSON.parse(line) as Json & Answer;
  const { id, method } = message;
  const params = (message['params'] ?? {}) as Json;
  if (typeof method !== 'string') {
    waiting.get(Number(id))?.(message);
    waiting.delete(Number(id));
  } else if (method === 'session/cancel') cancel();
  else if (id !== undefined) {
    const handler = methods[method];
    const answer = (await handler?.(params)) ?? { error: { code: -32601, message: 'Method not found' } };
    holding = true;
    send({ id, ...answer });
    holding = false;
    flush();
  }
});
process.stdin.on('end', () => process.exit(0));
