import type { AgentUid, AuditEntry, AuditRow, TeamId } from '@muster/protocol';
import { chained, type Head, type Mac, START } from './core/chain.ts';

/** An alarm that was due long ago, ms. */
const AT_ONCE = 1;

const BOOK = {
  /** How long an entry may wait for others, to be written with them, ms. */
  pause: 1_000,
  /** Pauses between tries to reach D1, ms. */
  retries: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  /** Entries in one write: at most 4 KiB each, they fit one parameter of 2 MB. */
  batch: 256,
} as const;

/** Where the lobby keeps what is not yet written, and the end of what is. Synchronous. */
export interface AuditStore {
  head(): Head | null;
  /** Whether an entry is not yet written. */
  readonly waits: boolean;
  add(entry: AuditEntry): void;
  /** A room's entries, numbered there from `first` on, those that are new. Returns the highest number held. */
  take(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number;
  /** The oldest that are not written, in order. */
  next(limit: number): AuditEntry[];
  /** All up to this one are. */
  written(head: Head): void;
}

export interface AuditPorts {
  readonly team: TeamId;
  readonly store: AuditStore;
  readonly mac: () => Promise<Mac>;
  /** Idempotent. @throws Error when it could not */
  readonly write: (rows: readonly AuditRow[]) => Promise<void>;
}

/**
 * X8: a team's audit book. An entry is durable here when it is noted; the chain is made, and written to D1, from the
 * alarm. The same entries get the same numbers and MACs however often it is tried, so a reset anywhere costs nothing.
 */
export class AuditBook {
  readonly #ports: AuditPorts;
  #dueAt: number | null;
  #failures = 0;
  #writing: Promise<Head> | null = null;

  constructor(ports: AuditPorts) {
    this.#ports = ports;
    this.#dueAt = ports.store.waits ? AT_ONCE : null;
  }

  /** H2: when `write` is to be called, ms; null: all is written. */
  get due(): number | null {
    return this.#writing === null ? this.#dueAt : null;
  }

  isDue(now: number): boolean {
    return this.due !== null && this.due <= now;
  }

  /** In the transaction of what is noted. */
  note(entry: AuditEntry, now: number): void {
    this.#ports.store.add(entry);
    this.#dueAt ??= now + BOOK.pause;
  }

  /** A room's own entries, numbered there from `first` on: each is taken once. Returns the highest number held. */
  take(agentUid: AgentUid, first: number, entries: readonly AuditEntry[], now: number): number {
    const held = this.#ports.store.take(agentUid, first, entries);
    if (this.#ports.store.waits) this.#dueAt ??= now + BOOK.pause;
    return held;
  }

  /** Writes all that waits. Resolves to the end of the chain. @throws Error when D1 does not take it; `due` says when to try again. */
  write(now: number): Promise<Head> {
    this.#writing ??= this.#write().then(
      (head) => this.#done(head),
      (error: unknown) => {
        this.#writing = null;
        const pause = BOOK.retries[Math.min(this.#failures, BOOK.retries.length - 1)] ?? BOOK.pause;
        this.#failures += 1;
        this.#dueAt = now + pause;
        throw error;
      },
    );
    return this.#writing;
  }

  #done(head: Head): Head {
    this.#writing = null;
    this.#failures = 0;
    this.#dueAt = this.#ports.store.waits ? AT_ONCE : null;
    return head;
  }

  async #write(): Promise<Head> {
    const { team, store, write } = this.#ports;
    let head = store.head() ?? START;
    const mac = store.waits ? await this.#ports.mac() : null;
    while (mac !== null && store.waits) {
      const rows = await chained(team, head, store.next(BOOK.batch), mac);
      await write(rows);
      head = rows.at(-1) ?? head;
      store.written({ sequence: head.sequence, mac: head.mac });
    }
    return { sequence: head.sequence, mac: head.mac };
  }
}
