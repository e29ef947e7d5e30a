import {
  AgentIdSchema,
  type AgentState,
  AgentStateSchema,
  type AgentStatus,
  type AgentSummary,
  AgentSummarySchema,
  type AgentUid,
  AgentUidSchema,
  type Epoch,
  EpochSchema,
} from '@muster/protocol';

export const agentId = AgentIdSchema.parse('bash');
export const agentUid = (n: number): AgentUid =>
  AgentUidSchema.parse(`00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`);
/** The nth epoch: `000…n`. */
export const epochOf = (n: number): Epoch => EpochSchema.parse(n.toString(16).padStart(16, '0'));

/** The nth agent as a list shows it. */
export function agentSummary(
  over: { readonly n?: number; readonly status?: AgentStatus } = {},
): AgentSummary {
  const n = over.n ?? 1;
  return AgentSummarySchema.parse({
    agentId: n === 1 ? agentId : `bash-${n}`,
    agentUid: agentUid(n),
    name: `Bash ${n}`,
    kind: 'terminal',
    hostId: '00000000-0000-4000-8000-0000000000ff',
    status: over.status ?? 'running',
    connection: 'online',
    busy: false,
    lastActivity: 0,
    queueLength: 0,
    runningCommands: 0,
    pendingPermissions: 0,
    viewers: 0,
    labels: {},
  });
}

export function roomState(over: Partial<AgentState> = {}): AgentState {
  return AgentStateSchema.parse({
    agentId,
    agentUid: agentUid(1),
    revision: 1,
    asOf: null,
    agent: agentSummary(),
    workspace: '/tmp',
    restart: 'never',
    kind: 'terminal',
    terminal: { cols: 80, rows: 24 },
    ...over,
  });
}
