import type { MusterClient } from '@muster/client';
import type { AgentId } from '@muster/protocol';

/** ms after which a page that is looked at says so again: the server forgets it after 20 s. */
const RENEW_MS = 15_000;
/** A report that comes late says what was. */
const ONCE = { retries: 0, timeout: 10_000 };

/** What a page shows, and whether somebody looks at it. Reactive. */
export interface Looked {
  readonly agentId: AgentId | null;
  readonly visible: boolean;
  readonly connected: boolean;
}

/**
 * C10: tells the server which agent somebody looks at here, so that nothing of it is pushed, and acknowledges what happens
 * to it meanwhile. A server that does not know of it is asked once.
 */
export function reportFocus(client: Pick<MusterClient, 'request' | 'on'>, looked: () => Looked): () => void {
  let refused = false;
  const report = (agentId: AgentId | null, visible: boolean) => {
    if (refused) return;
    client.request('page:focus', { agentId, visible }, ONCE).catch((reason: unknown) => {
      refused = isRefusal(reason);
    });
  };
  const stopEvents = client.on('attention', ({ eventId, agentId }) => {
    const now = looked();
    if (!now.visible || now.agentId !== agentId) return;
    client.request('attention:seen', { eventId }, ONCE).catch(() => undefined);
  });
  const stopReports = $effect.root(() => {
    // By value: what else changes in the lists of a page says nothing new.
    const agentId = $derived(looked().agentId);
    const visible = $derived(looked().visible);
    const connected = $derived(looked().connected);
    $effect(() => {
      if (!connected) return;
      report(agentId, visible);
      if (!visible) return;
      const timer = setInterval(() => report(agentId, visible), RENEW_MS);
      return () => clearInterval(timer);
    });
  });
  return () => {
    stopEvents();
    stopReports();
  };
}

/** The server said no, which it says again: not that the line was down, or that it was asked too often. */
const isRefusal = (reason: unknown): boolean =>
  reason instanceof Error &&
  'outcome' in reason &&
  reason.outcome === 'refused' &&
  reason.name !== 'RATE_LIMIT';
