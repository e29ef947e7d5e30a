import {
  type ConversationState,
  ConversationStateSchema,
  type RequestHead,
  RequestHeadSchema,
  type RequestOption,
  type ToolArgument,
} from '@muster/protocol';

export const option = (kind: string, name = kind): RequestOption => ({ optionId: name, name, kind });
export const PAIR = [option('allow_once'), option('reject_once')];

export const argument = (part: Partial<ToolArgument> = {}): ToolArgument => ({
  title: 'bash',
  toolKind: 'execute',
  content: [],
  locations: [],
  ...part,
});

export const head = (part: Partial<RequestHead> = {}): RequestHead =>
  RequestHeadSchema.parse({
    permissionId: 'a.p',
    conversationId: 'a.c',
    agentId: 'a',
    kind: 'permission',
    title: 'bash',
    toolKind: 'execute',
    argument: 'ls',
    argumentChars: 2,
    oneLine: true,
    options: PAIR,
    digest: '0'.repeat(64),
    requestedAt: 0,
    ...part,
  });

export const conversation = (part: object = {}): ConversationState =>
  ConversationStateSchema.parse({
    conversationId: 'a.c',
    agentId: 'a',
    title: null,
    status: 'idle',
    createdBy: 'owner',
    createdAt: 0,
    activeAt: 0,
    queued: 0,
    requests: 0,
    revision: 1,
    asOf: null,
    itemRevision: 0,
    oldest: 0,
    next: 0,
    facts: {},
    turn: null,
    queue: [],
    pending: [],
    members: [],
    ...part,
  });

export const runningTurn = { turnId: 't', state: 'running', startedAt: 0 };
export const queued = (messageId: string) => ({
  messageId,
  memberId: 'owner',
  name: 'Owner',
  content: [{ type: 'text', text: 'next' }],
  at: 0,
  sending: false,
});
