import {
  DEFAULT_COLORS,
  type KeeperType,
  type RunnerType,
  type ToKeeperType,
  type ToRunnerType,
} from '../../src/index.ts';
import {
  CONVERSATION_EVENT_SAMPLES,
  CONVERSATION_ORDER_SAMPLES,
  permissionId,
  policy,
} from './conversations.ts';
import { command, commandEnd, epoch, error, position, program, size, uuid } from './parts.ts';

const spec = {
  agentUid: uuid,
  agentId: 'bash',
  name: 'Bash',
  kind: 'terminal',
  hostId: uuid,
  program,
  workspace: '/home',
  environment: { PATH: '/bin' },
  resourceLimits: { memory: 100, cpu: 0.5 },
  terminal: size,
  restart: 'never',
  autostart: true,
  labels: {},
  policy,
};
const facts = {
  name: 'alpha',
  platform: 'linux',
  arch: 'x64',
  cpus: 2,
  memory: 1,
  bootId: 'b',
  roots: ['/home'],
  defaultWorkspace: '/home',
  containment: 'cgroup',
  kinds: ['terminal', 'acp'],
  adapters: [{ name: 'claude' }, { name: 'codex', lacks: 'node' }],
};
const request = { requestId: 'r' };

export const KEEPER_SAMPLES: Record<KeeperType, object> = {
  'keeper:hello': {
    agentUid: uuid,
    generation: 1,
    epoch,
    first: 0,
    last: 0,
    batchVersions: [1],
    version: '0.1.0',
    answers: true,
    policy: 3,
    openRequests: [permissionId],
  },
  'stream:flush': {},
  'input:ack': { clientId: 'c', inputSequence: 1 },
  'file:read': { fileId: 'f', offset: 0 },
  'host:answer': {
    queryId: 'q',
    answer: {
      type: 'sessions',
      sessions: [{ sessionId: 's', title: null, updatedAt: 1, cwd: '/a' }],
      next: 'n',
    },
  },
};

export const TO_KEEPER_SAMPLES: Record<ToKeeperType, object> = {
  'room:welcome': { epoch: null, next: 1, batchVersion: 1 },
  'policy:set': { ...policy, revision: 3 },
  'stream:ack': position,
  'stream:resend': { epoch, from: 1 },
  'stream:fetch': { epoch, from: 1, to: 2, maxBytes: 10 },
  'snapshot:request': {},
  'program:start': request,
  'program:pause': request,
  'program:resume': request,
  'program:terminate': { ...request, force: true },
  'program:restart': { ...request, force: false },
  'program:signal': { ...request, ...command, signal: 'SIGUSR1' },
  'program:resize': { ...request, ...command, ...size, colors: DEFAULT_COLORS },
  'program:input': {
    ...command,
    data: 'x',
    encoding: 'utf8',
    answer: true,
    clientId: 'c',
    inputSequence: 1,
  },
  'command:start': {
    ...command,
    epoch,
    command: 'make',
    interactive: true,
    timeout: 5,
    environment: { A: 'b' },
  },
  'command:interrupt': { ...command, epoch, force: false },
  ...CONVERSATION_ORDER_SAMPLES,
  'file:part': { fileId: 'f', offset: 0, size: 1, sha256: 'a'.repeat(64), data: 'AA==' },
  'file:gone': { fileId: 'f' },
  'host:query': { queryId: 'q', query: { type: 'files', text: 'src' } },
};

export const RUNNER_SAMPLES: Record<RunnerType, object> = {
  'runner:hello': {
    hostId: uuid,
    version: '0.1.0',
    facts,
    agents: [{ agentUid: uuid, generation: 1, healthy: true }],
  },
  'agent:placed': { ...request, agentUid: uuid, generation: 1, pid: 3, startedAt: 1, error },
  'agent:removed': { ...request, agentUid: uuid },
  'keeper:link': { agentUid: uuid, healthy: false },
};

export const TO_RUNNER_SAMPLES: Record<ToRunnerType, object> = {
  'lobby:welcome': { agents: [{ spec, generation: 1 }] },
  'agent:place': { ...request, spec, generation: 1 },
  'agent:remove': { ...request, agentUid: uuid },
};

export const EVENT_SAMPLES: readonly object[] = [
  { type: 'epoch:open', previous: { epoch, last: 4, complete: false }, cause: 'boot' },
  {
    type: 'program:status',
    status: 'crashed',
    pid: 4,
    startedAt: 1,
    exitCode: 1,
    signal: 'SIGKILL',
    reason: 'r',
    run: {
      by: 'policy',
      terminal: { ...size, used: 3 },
      previous: { startedAt: 1, endedAt: 2, exitCode: 1, signal: 'SIGKILL', reason: 'r' },
    },
  },
  { type: 'program:resized', ...size },
  { type: 'program:attention', attention: { kind: 'bell', since: 1, text: 'make' } },
  { type: 'program:attention', attention: null },
  { type: 'request:done', requestId: 'r', error },
  { type: 'command:started', ...command, pid: 7, startedAt: 1 },
  { type: 'command:ended', ...command, ...commandEnd, interrupted: true },
  ...CONVERSATION_EVENT_SAMPLES,
];
