import {
  AgentIdSchema,
  ConversationIdSchema,
  type ConversationState,
  ConversationStateSchema,
  ConversationSummarySchema,
  type Item,
  ItemSchema,
  PositionSchema,
  type RequestHead,
  RequestHeadSchema,
} from '@muster/protocol';
import type { ConversationMessage } from '../../../client/src/types.ts';

const NOW = Date.now();
const MINUTE = 60_000;
const AGENT = AgentIdSchema.parse('checkout-refactor');
const ID = ConversationIdSchema.parse('checkout-refactor.one');
const DIGEST = 'a'.repeat(64);
const POSITION = PositionSchema.parse({ epoch: '00000000000000ff', sequence: 0 });
const param = (name: string) => new URLSearchParams(location.search).get(name);

const OPTIONS = [
  { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
  { optionId: 'always', name: 'Allow git push * here', kind: 'allow_always' },
  { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
];
const COMMAND = 'git push --force-with-lease origin checkout';
const LONG = Array.from({ length: 80 }, (_, index) => `echo step ${index + 1} of the release`).join('\n');

const BEFORE =
  'export function total(cart: Cart): number {\n  const items = cart.items.filter((i) => i.quantity > 0);\n  return items.reduce((sum, i) => sum + i.price * i.quantity, 0);\n}\n';
const AFTER =
  'export function total(cart: Cart): number {\n  const items = cart.items.filter((i) => i.quantity > 0);\n  const net = items.reduce((sum, i) => sum + i.price * i.quantity, 0);\n  const tax = taxFor(cart.region, net);\n  return round(net + tax, cart.currency);\n}\n';

const tool = (itemId: string, part: object) => ({
  itemId,
  at: NOW - 3 * MINUTE,
  endedAt: NOW - 3 * MINUTE + 14_100,
  turnId: 't1',
  kind: 'tool',
  toolKind: 'execute',
  status: 'completed',
  content: [],
  locations: [],
  ...part,
});
const text = (itemId: string, kind: string, said: string, part: object = {}) => ({
  itemId,
  at: NOW - 4 * MINUTE,
  endedAt: NOW - 4 * MINUTE + 6_000,
  turnId: 't1',
  kind,
  text: said,
  ...part,
});
const PLAN = [
  'Find where totals are computed',
  'Use taxFor and round by currency',
  'Tests for EU, UK and US',
];
const EDIT = [{ type: 'diff', path: 'src/checkout/total.ts', oldText: BEFORE, newText: AFTER }];
const TESTS = '\x1b[32m✓\x1b[39m src/checkout/total.test.ts (48 tests)\n\nTests  48 passed (48)\n';

function scene(): readonly object[] {
  return [
    text(
      'u1',
      'user',
      'Totals ignore regional tax. Fix it in `src/checkout`, add tests, push to the checkout branch.',
      {
        messageId: 'm1',
        memberId: 'owner',
        name: 'Owner',
      },
    ),
    text('th1', 'thought', 'The total is computed in **total.ts**.'),
    text(
      'a1',
      'agent',
      'The total is computed in one place, and **taxFor** already exists for invoices. I will reuse it, round by currency, and cover the three regions that have tests for invoices.',
    ),
    {
      ...text('p1', 'plan', ''),
      entries: [
        ...PLAN.map((content) => ({ content, priority: 'medium', status: 'completed' })),
        { content: 'Push to checkout', priority: 'high', status: 'in_progress' },
      ],
    },
    tool('e1', { toolKind: 'edit', title: 'Edit src/checkout/total.ts', content: EDIT }),
    tool('x1', {
      title: 'npm test -- checkout',
      rawInput: '{"command":"npm test -- checkout"}',
      byPolicy: { ruleId: 'r2', toolKind: 'execute', command: 'npm test -- checkout', decision: 'allow' },
      content: [{ type: 'terminal', text: TESTS }],
    }),
    tool('s1', { toolKind: 'think', title: 'Task: look for other callers', status: 'failed' }),
    text('s2', 'agent', 'There are two callers of `total`.', { parent: 's1' }),
    tool('s3', { toolKind: 'search', title: 'grep total(', parent: 's1', status: 'stopped' }),
    text('n1', 'notice', 'The context was compacted.', { level: 'warning' }),
    { ...text('o1', 'other', ''), name: 'future_update', json: '{"a":1}' },
    tool('x2', {
      title: COMMAND,
      status: 'in_progress',
      endedAt: undefined,
      at: NOW - 70_000,
      rawInput: JSON.stringify({ command: COMMAND }),
    }),
  ];
}

/** `?primer`: the agent's session began anew. */
const anew = (): readonly object[] =>
  param('primer') === null
    ? []
    : [
        text(
          'n2',
          'notice',
          'The agent does not know this session any more. A new session began, which knows nothing of what was said above.',
          { level: 'warning', fresh: true },
        ),
      ];

/** `?items=2000`: as many before the scene. */
function items(): readonly Item[] {
  const more = Array.from({ length: Number(param('items') ?? 0) }, (_, index) =>
    text(
      `more-${index}`,
      index % 5 === 0 ? 'user' : 'agent',
      `Message **${index}** of many, with \`code\` in it.`,
      {
        ...(index % 5 === 0 ? { messageId: `more-${index}` } : {}),
      },
    ),
  );
  return [...more, ...scene(), ...anew()].map((item) => ItemSchema.parse(item));
}

const request = {
  kind: 'permission',
  permissionId: 'checkout-refactor.p1',
  conversationId: ID,
  turnId: 't1',
  requestedAt: NOW - MINUTE,
  expiresAt: NOW + 29 * MINUTE,
  digest: DIGEST,
  itemId: 'x2',
  options: OPTIONS,
  directory: '~/work/pay',
};
const card = (asked: object) => ({
  agentId: AGENT,
  request: asked,
  resolution: { state: 'pending', at: NOW },
});
const FORM = {
  type: 'object',
  properties: {
    region: { type: 'string', title: 'Region', enum: ['EU', 'UK', 'US'] },
    rate: { type: 'number', title: 'Rate', description: 'Between 0 and 1', minimum: 0, maximum: 1 },
    files: { type: 'array', title: 'Files', items: { enum: ['total.ts', 'tax.ts'] } },
    strict: { type: 'boolean', title: 'Strict rounding' },
  },
  required: ['region', 'rate'],
};

/** `?card=long`, `plain`, `form`, `url`, `partial`, `none`; else a short command. */
function cards(): readonly object[] {
  const asked = (tool: object) =>
    card({ ...request, tool: { title: COMMAND, toolKind: 'execute', content: [], locations: [], ...tool } });
  const question = (form: object, message: string) =>
    card({ ...request, kind: 'elicitation', permissionId: 'checkout-refactor.p2', message, form });
  switch (param('card')) {
    case 'none':
      return [];
    case 'long':
      return [asked({ title: 'Run a script', rawInput: JSON.stringify({ command: LONG }) })];
    case 'partial':
      return [asked({ omitted: 4_000, content: EDIT, toolKind: 'edit' })];
    case 'form':
      return [question({ mode: 'form', schema: JSON.stringify(FORM) }, 'Which region is first?')];
    case 'url':
      return [
        question({ mode: 'url', url: 'https://example.com/device?code=AB\u202eCD' }, 'Sign in with a code.'),
      ];
    case 'plain':
      return [asked({ rawInput: JSON.stringify({ command: COMMAND }) })];
    default:
      return [asked({ rawInput: JSON.stringify({ command: `${COMMAND}\u200b` }) })];
  }
}

const summary = () => ({
  conversationId: ID,
  agentId: AGENT,
  title: 'Regional tax',
  status: param('card') === 'none' ? 'running' : 'waiting',
  createdBy: 'owner',
  createdAt: NOW - 9 * MINUTE,
  activeAt: NOW,
  queued: 2,
  requests: cards().length,
});

function state(next: number): ConversationState {
  const queued = (messageId: string, said: string) => ({
    messageId,
    memberId: 'owner',
    name: 'Owner',
    content: [{ type: 'text', text: said }],
    at: NOW,
    sending: false,
  });
  return ConversationStateSchema.parse({
    ...summary(),
    revision: 1,
    asOf: POSITION,
    itemRevision: next,
    oldest: 0,
    next,
    facts: {
      adapter: param('card') === 'signin' ? 'sign-in' : 'ready',
      info: {
        name: 'claude-agent-acp',
        version: '0.101.0',
        images: true,
        steering: true,
        resumes: true,
        authMethods: [
          { id: 'claude', name: 'Claude account', type: 'terminal', command: ['claude', '/login'] },
        ],
      },
      mode: 'default',
      modes: [
        { id: 'default', name: 'Manual' },
        { id: 'acceptEdits', name: 'Accept edits' },
      ],
      configOptions: [
        {
          type: 'select',
          configId: 'model',
          name: 'Model',
          value: 'opus',
          choices: [{ id: 'opus', name: 'Opus' }],
        },
      ],
      commands: [
        { name: 'review', description: 'Review the changes' },
        { name: 'compact', description: 'Shorten the context', hint: 'what to keep' },
      ],
      usage: { used: 310_000, size: 1_000_000 },
      spent: { amount: 0.38, currency: 'USD' },
    },
    turn: { turnId: 't1', state: 'running', messageId: 'm1', startedAt: NOW - 4 * MINUTE },
    queue: [queued('q1', 'Then update the changelog.'), queued('q2', 'And open a pull request.')],
    pending: cards(),
    members: [
      { memberId: 'owner', name: 'Owner' },
      { memberId: 'grace', name: 'Grace Hopper' },
    ],
  });
}

const named = { conversationId: ID, agentId: AGENT };
type Messages = Extract<ConversationMessage, { readonly type: 'conversation:state' | 'conversation:item' }>;
const stateMessage = (next: number): Messages => ({
  type: 'conversation:state',
  payload: { ...named, revision: 1, state: state(next) },
});
const itemMessage = (item: Item, index: number): Messages => ({
  type: 'conversation:item',
  payload: { ...named, index, revision: index + 1, asOf: POSITION, item },
});
export const listMessage = (): ConversationMessage => ({
  type: 'conversation:list',
  payload: { agentId: AGENT, revision: 1, conversations: [ConversationSummarySchema.parse(summary())] },
});

/** What answers a join. */
export function joinMessages(): readonly ConversationMessage[] {
  const all = items();
  return [stateMessage(all.length), ...all.map(itemMessage)];
}

const head = (part: object): RequestHead =>
  RequestHeadSchema.parse({
    ...request,
    agentId: AGENT,
    title: COMMAND,
    toolKind: 'execute',
    argument: COMMAND,
    argumentChars: COMMAND.length,
    oneLine: true,
    ...part,
  });
/** What waits over all agents. */
export const fakeInbox = (): ReadonlyMap<string, unknown> =>
  new Map(
    [
      head({}),
      head({
        permissionId: 'checkout-refactor.p8',
        title: 'Run a script',
        argument: LONG.slice(0, 400),
        argumentChars: LONG.length,
        oneLine: false,
        requestedAt: NOW - 4 * MINUTE,
      }),
      head({
        permissionId: 'checkout-refactor.p9',
        kind: 'elicitation',
        title: 'Delete the 14 snapshot files that no test uses?',
        argument: '',
        argumentChars: 0,
        oneLine: false,
        options: [],
        requestedAt: NOW - 9 * MINUTE,
      }),
    ].map((one) => [one.permissionId, one]),
  );
