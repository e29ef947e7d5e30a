import type { AgentKind } from '@muster/protocol';

/** An agent's page as its address asks for it. `kind` null: the list of agents has not come. */
export interface AgentPlace {
  readonly kind: AgentKind | null;
  readonly conversationId: string | null;
  readonly show: string | null;
}

/** An agent that talks shows its conversations first. A link to one opens before anything is known of the agent. */
export function sideOf({ kind, conversationId, show }: AgentPlace): 'conversation' | 'terminal' {
  if (kind === null) return conversationId === null ? 'terminal' : 'conversation';
  return kind === 'acp' && show !== 'commands' ? 'conversation' : 'terminal';
}
