import type {
  KeeperType,
  RunnerType,
  ServerType,
  ToKeeperType,
  ToRunnerType,
  ViewerType,
} from '../src/index.ts';

/** One full payload of every message, as it comes off the wire. The types see to it that none is missing. */
const uuid = '00000000-0000-4000-8000-000000000001';
const epoch = '00000000000000e1';
const position = { epoch, sequence: 7 };
const size = { cols: 80, rows: 24 };
const program = { command: 'bash', args: ['-l'] };
const error = { code: 'AGENT_OFFLINE', number: 2005, message: 'm', recoverable: true, details: { a: 1 } };
export const summary = {
  agentId: 'bash',
  agentUid: uuid,
  name: 'Bash',
  kind: 'terminal',
  hostId: uuid,
  status: 'running',
  connection: 'online',
  busy: false,
  pid: 4,
  startedAt: 1,
  lastActivity: 2,
  queueLength: 0,
  runningCommands: 0,
  pendingPermissions: 0,
  viewers: 1,
  labels: { team: 'x' },
};
const host = {
  hostId: uuid,
  name: 'alpha',
  connection: 'online',
  version: '0.1.0',
  platform: 'linux',
  cpus: 2,
  memory: 1,
  roots: ['/home'],
  defaultWorkspace: '/home',
  agents: 1,
  lastSeen: 1,
};
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
};
const hands = { memberId: 'm', name: 'Ada', clientId: 'c' };
const keyboard = { driver: hands, asking: [{ ...hands, clientId: 'd' }] };
const request = { requestId: 'r' };
const agent = { agentId: 'bash' };

export const VIEWER_SAMPLES: Record<ViewerType, object> = {
  auth: { token: 't', clientId: 'c', sessionId: 's' },
  'auth:refresh': { token: 't' },
  'dashboard:connect': { token: 't', clientInfo: { a: [1] }, sessionId: 's', cursors: { bash: position } },
  heartbeat: { sequence: 1 },
  ping: { timestamp: 1 },
  'agent:create': {
    name: 'Bash 2',
    agentId: 'bash',
    hostId: uuid,
    kind: 'process',
    program,
    model: 'claude',
    workspace: '/home',
    environment: { A: 'b' },
    resourceLimits: {},
    terminal: false,
    restart: 'always',
    autostart: false,
    labels: { a: 'b' },
  },
  'agent:update': { ...agent, name: 'x', program, environment: {}, restart: 'never', labels: {} },
  'agent:delete': agent,
  'agent:start': agent,
  'agent:terminate': { ...agent, force: true },
  'agent:pause': agent,
  'agent:resume': agent,
  'agent:restart': { ...agent, force: false },
  'agent:input': {
    ...agent,
    data: 'x',
    encoding: 'base64',
    commandId: 'c',
    clientId: 'c',
    inputSequence: 1,
    answer: true,
  },
  'agent:resize': { ...agent, ...size },
  'agent:signal': { ...agent, signal: 'SIGINT' },
  'agent:get_state': agent,
  'driver:request': { ...agent, take: true },
  'driver:release': agent,
  'driver:grant': { ...agent, memberId: 'm', clientId: 'c' },
  'driver:decline': { ...agent, clientId: 'c' },
  'subscribe:agent': { ...agent, filters: ['stream:stderr'], after: position, history: 'full' },
  unsubscribe: { subscriptionId: 's' },
  'flow:ack': position,
};

export const SERVER_SAMPLES: Record<ServerType, object> = {
  'connection:ack': {
    connectionId: 'c',
    sessionId: 's',
    serverVersion: '0.1.0',
    features: ['f'],
    resumed: false,
    member: { id: 'm', name: 'Ada', role: 'admin' },
    heartbeatInterval: 25_000,
    tokenExpiresAt: 1,
  },
  'agent:list': { agents: [summary] },
  'host:list': { hosts: [host] },
  'agent:created': { agentId: 'bash', name: 'Bash', pid: 4, startTime: 1 },
  'agent:deleted': { agentId: 'bash', agentUid: uuid },
  'agent:status': {
    ...agent,
    status: 'running',
    connection: 'online',
    details: { pid: 4, uptime: 1, lastActivity: 1, exitCode: 0, signal: 'SIGTERM', reason: 'r' },
    agent: summary,
    revision: 4,
  },
  'agent:state': {
    ...agent,
    agentUid: uuid,
    revision: 4,
    asOf: position,
    agent: summary,
    program,
    workspace: '/home',
    restart: 'never',
    kind: 'terminal',
    terminal: size,
    reason: 'r',
    keyboard,
  },
  'agent:output': { ...agent, stream: 'stdout', data: 'x', timestamp: 1, sequence: 1 },
  'terminal:snapshot': { ...agent, epoch, sequence: 9, ...size, data: '\u001b[1mx' },
  'agent:error': { ...agent, error: { code: 'AGENT_SPAWN_FAILED', message: 'm' } },
  'input:ack': { ...agent, clientId: 'c', inputSequence: 1 },
  'driver:changed': { ...agent, ...keyboard, revision: 5, by: hands, reason: 'granted' },
  'presence:update': { ...agent, watchers: [{ ...hands, role: 'admin', driving: true }], total: 40 },
  'replay:begin': { ...agent, from: position },
  'replay:gap': { ...agent, epoch, from: 1, to: null, bytes: 3 },
  'replay:end': { ...agent, at: null },
  'stream:epoch': { ...agent, ended: { epoch, last: null }, epoch },
  'system:message': { message: 'm', reason: 'deploy' },
  'auth:expiring': { expiresAt: 1 },
  ack: { messageId: 'i', success: false, error, result: { subscriptionId: 's' } },
  error,
  heartbeat: { sequence: 1 },
  pong: { timestamp: 1 },
};

export const KEEPER_SAMPLES: Record<KeeperType, object> = {
  'keeper:hello': {
    agentUid: uuid,
    generation: 1,
    epoch,
    first: 0,
    last: 0,
    batchVersions: [1],
    version: '0.1.0',
  },
  'stream:flush': {},
  'input:ack': { clientId: 'c', inputSequence: 1 },
};

export const TO_KEEPER_SAMPLES: Record<ToKeeperType, object> = {
  'room:welcome': { epoch: null, next: 1, batchVersion: 1 },
  'stream:ack': position,
  'stream:resend': { epoch, from: 1 },
  'stream:fetch': { epoch, from: 1, to: 2, maxBytes: 10 },
  'snapshot:request': {},
  'program:start': request,
  'program:pause': request,
  'program:resume': request,
  'program:terminate': { ...request, force: true },
  'program:restart': { ...request, force: false },
  'program:signal': { ...request, signal: 'SIGUSR1' },
  'program:resize': { ...request, ...size },
  'program:input': { data: 'x', encoding: 'utf8', clientId: 'c', inputSequence: 1 },
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
  },
  { type: 'program:resized', ...size },
  { type: 'request:done', requestId: 'r', error },
];
