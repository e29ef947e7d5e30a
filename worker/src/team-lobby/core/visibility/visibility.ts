import {
  type AgentLimit,
  type AgentUid,
  err,
  isAgentVisible,
  ok,
  type Result,
  type ServerMessage,
  type ToRunnerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { MemberClaims } from '../../../auth/claims.ts';
import { inboxList } from '../inbox/index.ts';
import { agentNamed } from '../state.ts';
import { hostList } from '../summaries.ts';
import type { AgentRow, AgentScope, Lobby, Requester } from '../types.ts';
import type { VisiblePast } from './visible-past.ts';

/**
 * X5: a member who is limited to some agents cannot create or change an agent so that they would not see it.
 */
export const WOULD_BE_HIDDEN = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'With this name and these labels you could not see the agent yourself; choose others',
);

/** The same error for an agent that does not exist and for one that the requester may not see. */
const NO_AGENT = wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' });

export const canSee = ({ limits = [] }: Requester, about: AgentScope): boolean =>
  isAgentVisible(limits, about);

/**
 * X24: whether a requester may choose this agent name: only if they could see any agent of that name.
 * Otherwise the response would reveal whether a hidden agent has it.
 */
export const mayUseName = ({ limits = [] }: Requester, agentId: string): boolean =>
  isAgentVisible(limits, { agentId, labels: {} });

/** The agent of this name, if the limits allow seeing it; else null. */
export function visibleAgent(lobby: Lobby, limits: readonly AgentLimit[], agentId: string): AgentRow | null {
  const row = agentNamed(lobby, agentId);
  return row !== null && isAgentVisible(limits, row.spec) ? row : null;
}

/** X5: the agent that a request or a socket of a member with these limits leads to. */
export function reach(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  agentId: string,
): Result<AgentUid, WireError> {
  const row = visibleAgent(lobby, limits, agentId);
  return row === null ? err(NO_AGENT) : ok(row.spec.agentUid);
}

/**
 * The agents whose history the limits allow seeing: by name, including deleted ones; by labels, only agents
 * that exist now, because deleted agents have no labels and an earlier agent of the same name may have had
 * others.
 */
export function visiblePast(lobby: Lobby, limits: readonly AgentLimit[]): VisiblePast {
  const named = new Set(limits.flatMap(({ names = [] }) => names));
  const names = [...named].filter((agentId) => isAgentVisible(limits, { agentId, labels: {} }));
  const here = [...lobby.agents.values()].filter(({ pending }) => pending === null).map(({ spec }) => spec);
  const agents = here.filter((spec) => isAgentVisible(limits, spec) && !names.includes(spec.agentId));
  return { names, agents: agents.map(({ agentId, agentUid }) => ({ agentId, agentUid })) };
}

/**
 * A message as a member with these limits may see it; null: not at all. `about`: the agent it concerns, where
 * the message does not contain it.
 */
export function visibleMessage(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  message: ServerMessage,
  about: AgentScope | readonly AgentScope[] | null,
): ServerMessage | null {
  if (limits.length === 0) return message;
  // X24: that something changes among the others is none of their business either.
  const abouts = about === null ? null : [about].flat();
  if (abouts !== null && !abouts.some((one) => isAgentVisible(limits, one))) return null;
  switch (message.type) {
    case 'agent:list': {
      const agents = message.payload.agents.filter((agent) => isAgentVisible(limits, agent));
      return { type: 'agent:list', payload: { ...message.payload, agents } };
    }
    case 'host:list':
      return hostList(lobby, limits);
    case 'inbox:list':
      return inboxList(lobby, limits);
    case 'agent:status':
      return isAgentVisible(limits, message.payload.agent) ? message : null;
    default:
      return message;
  }
}

/** X5: what a member gets of a broadcast; null: nothing. An expired connection gets nothing until it renews its token. */
export const broadcastTo = (
  lobby: Lobby,
  { agents, expiresAt }: Pick<MemberClaims, 'agents' | 'expiresAt'>,
  message: ServerMessage,
  about: AgentScope | readonly AgentScope[] | null,
  now: number,
): ServerMessage | null => (now >= expiresAt ? null : visibleMessage(lobby, agents, message, about));

/** X5: a list is filtered to the agents that a member with these limits may see; any other message is its receiver's own. */
export function visibleList(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  message: ServerMessage | ToRunnerMessage,
): ServerMessage | ToRunnerMessage {
  switch (message.type) {
    case 'agent:list':
    case 'host:list':
    case 'inbox:list':
      return visibleMessage(lobby, limits, message, null) ?? message;
    default:
      return message;
  }
}
