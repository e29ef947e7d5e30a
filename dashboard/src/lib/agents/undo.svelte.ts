import { type PendingAction, UndoQueue } from './undo-queue.ts';

/** Of this tab: they outlive the page they were chosen on. */
class Undo {
  list = $state.raw<readonly PendingAction[]>([]);
  readonly acts = new UndoQueue((list) => {
    this.list = list;
  });

  /** `keepalive`: it reaches the server though the page is gone. */
  leave(): void {
    for (const { agentId, action } of this.acts.leave()) {
      const verb = action === 'stop' ? 'terminate' : action;
      void fetch(`/api/agents/${encodeURIComponent(agentId)}/${verb}`, {
        method: 'POST',
        keepalive: true,
      }).catch(() => {});
    }
  }
}

export const undo = new Undo();
