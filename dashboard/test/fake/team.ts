import {
  AGENT_KINDS,
  AgentIdSchema,
  type AgentStatus,
  type AgentSummary,
  AgentUidSchema,
  HostIdSchema,
  type HostSummary,
} from '@muster/protocol';

const uuid = (digit: number) => `00000000-0000-4000-8000-${String(digit).padStart(12, '0')}`;
const HOUR = 3_600_000;

export interface FakeAgent {
  readonly agentId: string;
  readonly index: number;
  readonly name: string;
  readonly host: number;
  readonly kind: 'terminal' | 'process' | 'acp';
  readonly scene: 'shell' | 'coding' | 'logs' | 'flood' | 'still' | 'talk';
  readonly line: readonly [string, ...string[]];
  readonly upHours: number;
  status: AgentStatus;
  readonly viewers: number;
}

type Row = [string, FakeAgent['scene'], AgentStatus, number, number, number, string];
const ROWS: readonly Row[] = [
  ['checkout refactor', 'talk', 'running', 0, 1, 2.2, 'claude-agent-acp'],
  ['claude checkout', 'coding', 'running', 0, 2, 2.2, 'claude'],
  ['codex payments', 'coding', 'running', 0, 1, 0.4, 'codex'],
  ['gemini docs', 'coding', 'paused', 1, 0, 6.1, 'gemini'],
  ['shell', 'shell', 'running', 0, 1, 51, 'bash'],
  ['unit watcher', 'logs', 'running', 1, 0, 12, 'vitest'],
  ['release build', 'still', 'crashed', 1, 0, 0.1, 'make'],
  ['nightly bench', 'still', 'stopped', 0, 0, 9, 'node'],
  ['api server', 'logs', 'starting', 1, 3, 0.01, 'node'],
  ['old laptop shell', 'shell', 'running', 2, 0, 99, 'zsh'],
  ...[1, 2, 3, 4, 5, 6].map((n): Row => [`flood ${n}`, 'flood', 'running', 0, 0, 1, 'yes']),
];

export const FAKE_AGENTS: readonly FakeAgent[] = ROWS.map(
  ([name, scene, status, host, viewers, upHours, line], index) => ({
    agentId: name.replaceAll(' ', '-'),
    index,
    name,
    host,
    scene,
    status,
    viewers,
    upHours,
    kind: scene === 'talk' ? 'acp' : scene === 'logs' ? 'process' : 'terminal',
    line: [line],
  }),
);

const NAMES = ['build-01', 'build-02', 'laptop'] as const;
export const FAKE_HOSTS: readonly HostSummary[] = NAMES.map((name, index) => ({
  hostId: HostIdSchema.parse(uuid(900 + index)),
  name,
  connection: index === 2 ? 'offline' : 'online',
  platform: index === 2 ? 'darwin' : 'linux',
  cpus: 16,
  memory: 64 * 1024 ** 3,
  roots: ['/srv/work'],
  defaultWorkspace: '/srv/work',
  kinds: [...AGENT_KINDS],
  adapters: [
    { name: 'claude' },
    { name: 'codex', ...(index === 0 ? {} : { lacks: 'node' as const }) },
    { name: 'gemini', lacks: 'node' },
    { name: 'opencode', lacks: 'program' },
    { name: 'cursor', lacks: 'program' },
  ],
  agents: FAKE_AGENTS.filter((agent) => agent.host === index).length,
  lastSeen: Date.now() - 5 * HOUR,
}));

export function summaryOf(agent: FakeAgent): AgentSummary {
  const alive = agent.status !== 'stopped' && agent.status !== 'crashed';
  return {
    agentId: AgentIdSchema.parse(agent.agentId),
    agentUid: AgentUidSchema.parse(uuid(agent.index)),
    name: agent.name,
    kind: agent.kind,
    hostId: HostIdSchema.parse(uuid(900 + agent.host)),
    status: agent.status,
    connection: agent.host === 2 ? 'offline' : 'online',
    busy: false,
    ...(alive ? { pid: 41_200 + agent.index * 37, startedAt: Date.now() - agent.upHours * HOUR } : {}),
    ...(agent.status === 'crashed' ? { exitCode: 2 } : {}),
    ...(agent.status === 'stopped' ? { exitCode: 0 } : {}),
    lastActivity: Date.now() - agent.index * 47_000,
    queueLength: 0,
    runningCommands: 0,
    pendingPermissions: 0,
    viewers: agent.viewers,
    labels: {},
  };
}
