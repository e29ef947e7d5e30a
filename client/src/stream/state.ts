import type { AgentState, AgentSummary, HostSummary, ServerMessage, ServerPayload } from '@muster/protocol';

/** R1: what is known of one agent's room is replaced only by a later revision, or by another agent of that name. */
export function newerState(held: AgentState | null, next: AgentState): AgentState {
  return held === null || held.agentUid !== next.agentUid || next.revision > held.revision ? next : held;
}

/** R1 for a change that comes alone. Without a state it says nothing: the whole one is on its way. */
export function applyStatus(
  held: AgentState | null,
  status: ServerPayload<'agent:status'>,
): AgentState | null {
  const { agent, revision, details } = status;
  if (held === null || revision === undefined) return held;
  if (held.agentUid !== agent.agentUid || revision <= held.revision) return held;
  const { reason: _, ...rest } = held;
  return { ...rest, revision, agent, ...(details.reason === undefined ? {} : { reason: details.reason }) };
}

/** R1 for the driver. */
export function applyKeyboard(
  held: AgentState | null,
  changed: ServerPayload<'driver:changed'>,
): AgentState | null {
  const { driver, asking, revision } = changed;
  if (held === null || revision <= held.revision) return held;
  const { driver: _, ...rest } = held.agent;
  const agent = driver === null ? rest : { ...rest, driver: driver.memberId };
  return { ...held, revision, keyboard: { driver, asking }, agent };
}

/** Q9, R1: all of an agent's commands at once, and what its summary says of them. */
export function applyCommands(
  held: AgentState | null,
  { agentId: _, revision, ...commands }: ServerPayload<'command:queue'>,
): AgentState | null {
  if (held === null || revision <= held.revision) return held;
  const runningCommands = commands.running.length;
  const counts = { busy: runningCommands > 0, queueLength: commands.queue.length, runningCommands };
  return { ...held, revision, commands, agent: { ...held.agent, ...counts } };
}

/** B9: whether another client drives, so that nothing typed here would reach the program. */
export function isDrivenByAnother(state: AgentState | null, clientId: string): boolean {
  const driver = state?.keyboard?.driver ?? null;
  return driver !== null && driver.clientId !== clientId;
}

/** The team's agents and hosts, as the lobby sent them. */
export interface TeamState {
  /** The newest known first. */
  readonly agents: readonly AgentSummary[];
  readonly hosts: readonly HostSummary[];
}

export const NO_TEAM: TeamState = { agents: [], hosts: [] };

/** Takes a message of the lobby; the same object comes back when nothing changed. */
export function applyTeam(state: TeamState, message: ServerMessage): TeamState {
  switch (message.type) {
    case 'agent:list':
      return { ...state, agents: message.payload.agents };
    case 'host:list':
      return { ...state, hosts: message.payload.hosts };
    case 'agent:status':
      return { ...state, agents: withAgent(state.agents, message.payload.agent) };
    case 'agent:deleted': {
      const { agentUid } = message.payload;
      const agents = state.agents.filter((agent) => agent.agentUid !== agentUid);
      return agents.length === state.agents.length ? state : { ...state, agents };
    }
    default:
      return state;
  }
}

function withAgent(agents: readonly AgentSummary[], agent: AgentSummary): readonly AgentSummary[] {
  const index = agents.findIndex((held) => held.agentId === agent.agentId);
  return index === -1 ? [agent, ...agents] : agents.with(index, agent);
}
