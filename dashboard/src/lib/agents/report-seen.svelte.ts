import type { MusterClient } from '@muster/client';
import { AgentIdSchema, type Attention } from '@muster/protocol';
import { pageFocus } from '../page-focus.ts';

/**
 * C13a: while a component lives, tells an agent's room that somebody looks at it where it asks for a person: once each time
 * it asks, and again where the room could not be told. `attention`: undefined: it asks for nobody, or the member may
 * not answer.
 */
export function reportSeen(
  client: MusterClient,
  agentId: string,
  attention: () => Attention | undefined,
): void {
  let reported: Attention['since'] | null = null;
  $effect(() => {
    const since = attention()?.since;
    if (since === undefined || since === reported || !pageFocus.isHeld) return;
    reported = since;
    client.request('agent:seen', { agentId: AgentIdSchema.parse(agentId) }).catch(() => {
      reported = null;
    });
  });
}
