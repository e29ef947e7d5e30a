/** ms in which an act can be taken back; only then is it sent. */
export const UNDO_MS = 5_000;

/** How a wait ended: its time was up or a person skipped it; it was undone; the page was left. */
type Ending = 'send' | 'undone' | 'left';

export interface PendingAction {
  readonly key: number;
  readonly agentId: string;
  /** Of the agent, as people call it. */
  readonly name: string;
  readonly action: 'stop' | 'restart';
}
interface Entry extends PendingAction {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly end: (ending: Ending) => void;
}

/**
 * Actions that were chosen and are not sent yet. A page that is closed meanwhile sends them as it goes: a person who leaves has
 * decided, and there is nobody left to take them back.
 */
export class UndoQueue {
  readonly #entries = new Map<number, Entry>();
  readonly #changed: (list: readonly PendingAction[]) => void;
  #next = 1;

  constructor(changed: (list: readonly PendingAction[]) => void) {
    this.#changed = changed;
  }

  /** One for each agent: a second act takes the place of the first. Resolves with how the wait ended. */
  wait(act: Omit<PendingAction, 'key'>): Promise<Ending> {
    for (const entry of this.#entries.values()) if (entry.agentId === act.agentId) this.undo(entry.key);
    const key = this.#next++;
    return new Promise((end) => {
      const timer = setTimeout(() => this.#end(key, 'send'), UNDO_MS);
      this.#entries.set(key, { ...act, key, timer, end });
      this.#notify();
    });
  }

  undo(key: number): void {
    this.#end(key, 'undone');
  }

  /** Sent at once; false: nothing of that agent waits. */
  now(agentId: string): boolean {
    const entry = [...this.#entries.values()].find((one) => one.agentId === agentId);
    if (entry !== undefined) this.#end(entry.key, 'send');
    return entry !== undefined;
  }

  /** The page closes: returns the pending actions, for the caller to send. */
  leave(): readonly PendingAction[] {
    const all = [...this.#entries.values()];
    for (const { key } of all) this.#end(key, 'left');
    return all;
  }

  #end(key: number, ending: Ending): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    clearTimeout(entry.timer);
    entry.end(ending);
    this.#notify();
  }

  #notify(): void {
    this.#changed(
      [...this.#entries.values()].map(({ key, agentId, name, action }) => ({ key, agentId, name, action })),
    );
  }
}
