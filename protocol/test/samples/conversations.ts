import { agent, error, position } from './parts.ts';

export const conversationId = 'bash.c1';
export const permissionId = 'bash.p1';
const conversation = { conversationId };
const digest = 'a'.repeat(64);
const message = { messageId: 'm', content: [{ type: 'text', text: 'Hello' }], memberId: 'ada', name: 'Ada' };
const tool = {
  title: 'Run ls',
  toolKind: 'execute',
  rawInput: '{"command":"ls"}',
  content: [
    { type: 'text', text: 'a', omitted: 3 },
    { type: 'diff', path: '/a', oldText: null, newText: 'b' },
    { type: 'terminal', text: 'x' },
    { type: 'link', uri: 'file:///a', name: 'a' },
    { type: 'image', mimeType: 'image/png', bytes: 3 },
    { type: 'other', json: '{}' },
  ],
  locations: [{ path: '/a', line: 3 }],
};
const request = {
  permissionId,
  ...conversation,
  turnId: 't',
  requestedAt: 1,
  expiresAt: 2,
  digest,
  kind: 'permission',
  itemId: 'i',
  tool,
  options: [{ optionId: 'once', name: 'Allow', kind: 'allow_once' }],
  directory: '/home',
};
const form = {
  permissionId: 'bash.p2',
  ...conversation,
  requestedAt: 1,
  digest,
  kind: 'elicitation',
  message: 'Which one?',
  form: { mode: 'form', schema: '{}' },
};
const resolution = {
  state: 'decided',
  decision: { type: 'option', optionId: 'once' },
  decider: { by: 'member', memberId: 'ada', name: 'Ada' },
  at: 3,
};
const rule = { toolKind: 'execute', command: 'ls *', decision: 'allow' };
export const policyDraft = { rules: [{ ruleId: 'r', ...rule }], mustAsk: ['execute'] };
export const policy = {
  rules: [
    { ruleId: 'r', ...rule, createdBy: 'ada', createdByName: 'Ada', createdAt: 1 },
    {
      ruleId: 's',
      path: 'src/**',
      decision: 'ask',
      createdBy: 'ada',
      createdByName: 'Ada',
      createdAt: 1,
    },
  ],
  mustAsk: ['execute'],
};
export const ITEM_SAMPLES: readonly object[] = [
  {
    itemId: 'i1',
    turnId: 't',
    at: 1,
    endedAt: 2,
    kind: 'user',
    text: 'Hello',
    messageId: 'm',
    memberId: 'ada',
    name: 'Ada',
    steered: true,
    attachments: [{ type: 'file', fileId: 'f', name: 'a.png', mimeType: 'image/png' }],
  },
  { itemId: 'i2', at: 1, kind: 'agent', text: 'Hi' },
  { itemId: 'i3', at: 1, parent: 'i5', kind: 'thought', text: 'So' },
  { itemId: 'i4', at: 1, kind: 'notice', text: 'n', level: 'warning' },
  {
    itemId: 'i5',
    at: 1,
    kind: 'tool',
    ...tool,
    status: 'in_progress',
    rawOutput: '{}',
    background: true,
    unasked: true,
    byPolicy: { ruleId: 'r', toolKind: 'execute', command: 'ls *', decision: 'allow' },
  },
  {
    itemId: 'i6',
    at: 1,
    kind: 'plan',
    entries: [{ content: 'a', priority: 'high', status: 'pending' }],
  },
  { itemId: 'i7', at: 1, kind: 'other', name: 'new_update', json: '{}' },
];
const facts = {
  adapter: 'ready',
  error,
  sessionId: 's',
  title: 'T',
  info: {
    name: 'a',
    version: '1',
    images: true,
    steering: false,
    resumes: true,
    authMethods: [{ id: 'k', name: 'Key', type: 'terminal', command: ['claude', '/login'] }],
  },
  mode: 'default',
  modes: [{ id: 'default', name: 'Default', description: 'asks' }],
  configOptions: [
    { type: 'select', configId: 'model', name: 'Model', value: 'm1', choices: [{ id: 'm1', name: 'M1' }] },
    { type: 'boolean', configId: 'fast', name: 'Fast', category: 'speed', value: true },
  ],
  commands: [{ name: 'init', description: 'd', hint: 'h' }],
  usage: { used: 1, size: 2, cost: { amount: 0.1, currency: 'USD' } },
  spent: { amount: 0.1, currency: 'USD' },
  suggestions: ['Go on'],
  background: false,
};

export const CONVERSATION_ORDER_SAMPLES = {
  'conversation:open': {
    ...conversation,
    sessionId: 's',
    spent: { amount: 1, currency: 'USD' },
    configured: { mode: 'default', fast: true },
  },
  'conversation:prompt': { ...conversation, ...message, turnId: 't' },
  'conversation:steer': { ...conversation, ...message, turnId: 't' },
  'conversation:cancel': { ...conversation, turnId: 't' },
  'conversation:configure': { ...conversation, requestId: 'r', configId: 'mode', value: 'plan' },
  'conversation:sign-in': { ...conversation, requestId: 'r', methodId: 'k' },
  'conversation:close': conversation,
  'conversation:flush': conversation,
  'request:decide': {
    permissionId,
    decision: { type: 'form', action: 'accept', content: { a: 'b', c: 1, d: true, e: ['f'] } },
  },
};

export const CONVERSATION_EVENT_SAMPLES: readonly object[] = [
  { type: 'conversation:changed', ...conversation, facts },
  {
    type: 'conversation:items',
    ...conversation,
    writes: [
      ...ITEM_SAMPLES.map((item) => ({ item })),
      { itemId: 'i2', offset: 2, text: ' there', endedAt: 4 },
    ],
  },
  { type: 'turn:started', ...conversation, turnId: 't', messageId: 'm', at: 1 },
  {
    type: 'turn:ended',
    ...conversation,
    turnId: 't',
    outcome: 'failed',
    stopReason: 'refusal',
    error,
    at: 2,
  },
  { type: 'message:steered', ...conversation, messageId: 'm', outcome: 'queued', error },
  { type: 'request:opened', request },
  { type: 'request:opened', request: form },
  { type: 'request:changed', permissionId, resolution },
];

export const CONVERSATION_VIEWER_SAMPLES = {
  'conversation:create': { ...agent, title: 'T', resume: 's' },
  'conversation:join': { ...conversation, after: 4 },
  'conversation:leave': conversation,
  'conversation:cancel': conversation,
  'conversation:configure': { ...conversation, configId: 'mode', value: 'plan' },
  'conversation:sign-in': { ...conversation, methodId: 'k' },
  'conversation:rename': { ...conversation, title: 'T' },
  'conversation:close': conversation,
  'chat:message': { ...conversation, messageId: 'm', content: 'Hello', when: 'steer' },
  'chat:edit': { ...conversation, messageId: 'm', content: [{ type: 'mention', path: 'a.ts' }] },
  'chat:withdraw': { ...conversation, messageId: 'm' },
  'chat:move': { ...conversation, messageId: 'm', position: 1 },
  typing: { ...conversation, typing: true },
  'permission:respond': { permissionId, digest, optionId: 'once', always: true, message: 'Not there' },
  'policy:change': { ...agent, ...policyDraft, revision: 3 },
  'elicitation:respond': { permissionId, digest, action: 'accept', content: { a: 'b' } },
  'page:focus': { ...agent, visible: true },
  'attention:seen': { eventId: 'e' },
};

const state = {
  ...conversation,
  ...agent,
  title: null,
  status: 'running',
  createdBy: 'ada',
  createdAt: 1,
  activeAt: 2,
  queued: 1,
  requests: 1,
  revision: 3,
  asOf: position,
  itemRevision: 9,
  oldest: 0,
  next: 7,
  facts,
  turn: { turnId: 't', state: 'running', messageId: 'm', startedAt: 1 },
  queue: [{ ...message, at: 1, sending: false }],
  pending: [{ ...agent, request, resolution: { state: 'pending', at: 1 } }],
  members: [{ memberId: 'ada', name: 'Ada' }],
};
export const HEAD_SAMPLE: object = {
  permissionId,
  ...conversation,
  ...agent,
  kind: 'permission',
  title: 'Run ls',
  toolKind: 'execute',
  argument: 'ls',
  argumentChars: 2,
  oneLine: true,
  options: request.options,
  digest,
  requestedAt: 1,
  expiresAt: 2,
};

export const CONVERSATION_SERVER_SAMPLES = {
  'attention:event': { eventId: 'e', ...agent, event: 'request', at: 1 },
  'conversation:list': { ...agent, revision: 1, conversations: [] },
  'conversation:state': { ...conversation, ...agent, revision: 1, state },
  'conversation:item': {
    ...conversation,
    ...agent,
    index: 0,
    revision: 1,
    asOf: position,
    item: ITEM_SAMPLES[0],
  },
  'permission:request': { ...conversation, ...agent, permissionId, request },
  'permission:resolved': { ...conversation, ...agent, permissionId, resolution },
  'agent:response': {
    ...conversation,
    ...agent,
    messageId: 'i1',
    status: 'partial',
    offset: 0,
    content: 'Hello',
  },
  'agent:progress': { ...conversation, ...agent, messageId: 'i2', title: 'Run ls', status: 'in_progress' },
  typing: { ...conversation, ...agent, memberId: 'ada', name: 'Ada', typing: true },
  'inbox:list': { requests: [HEAD_SAMPLE] },
  'inbox:changed': { permissionId, request: null },
};
