import { type AgentSummary, AgentSummarySchema } from '@muster/protocol';

/** One agent, with whatever a test wants different. */
export function agentWith(part: Partial<AgentSummary> = {}): AgentSummary {
  return AgentSummarySchema.parse({
    agentId: 'shell',
    agentUid: '00000000-0000-4000-8000-000000000001',
    name: 'Shell',
    kind: 'terminal',
    hostId: '00000000-0000-4000-8000-000000000002',
    status: 'running',
    connection: 'online',
    busy: false,
    lastActivity: 0,
    queueLength: 0,
    runningCommands: 0,
    pendingPermissions: 0,
    viewers: 0,
    labels: {},
    ...part,
  });
}
