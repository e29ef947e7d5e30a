import { type AgentUid, type AuditEntry, type AuditRow, backoff, type TeamId } from '@muster/protocol';
import { EMPTY_CHAIN, extendChain, type Head, type Mac } from './core/chain.ts';

/** An alarm that was due long ago, ms. */
const AT_ONCE = 1;

const AUDIT_LOG = {
  /** How long an entry may wait for others, to be written with them, ms. */
  pause: 1_000,
  /** Entries in one write: at most 4 KiB each, they fit one parameter of 2 MB. */
  batch: 256,
} as const;

/** Where the lobby keeps what is not yet written, and the end of what is. Synchronous. */
export interface AuditStore {
  head(): Head | null;
  /** Whether an entry is not yet written. */
  readonly hasPending: boolean;
  append(entry: AuditEntry): void;
  /** A room's entries, numbered there from `first` on, those that are new. Returns the highest number held. */
  takeFromRoom(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number;
  /** The oldest that are not written, in order. */
  pending(limit: number): AuditEntry[];
  /** All up to this one are. */
  markWritten(head: Head): void;
}

export interface AuditLogPorts {
  readonly team: TeamId;
  readonly store: AuditStore;
  readonly mac: () => Promise<Mac>;
  /** Idempotent. @throws Error when it could not */
  readonly write: (rows: readonly AuditRow[]) => Promise<void>;
}

/**
 * X8: a team's audit log. An entry is durable as soon as it is appended; the alarm extends the chain and
 * writes it to D1. The same entries always get the same numbers and MACs, so repeating a write after a reset
 * is harmless.
 */
export class AuditLog {
  readonly #ports: AuditLogPorts;
  #dueAt: number | null;
  #failures = 0;
  #writing: Promise<Head> | null = null;

  constructor(ports: AuditLogPorts) {
    this.#ports = ports;
    this.#dueAt = ports.store.hasPending ? AT_ONCE : null;
  }

  /** H2: when `write` is to be called, ms; null: all is written. */
  get nextDeadline(): number | null {
    return this.#writing === null ? this.#dueAt : null;
  }

  isDue(now: number): boolean {
    return this.nextDeadline !== null && this.nextDeadline <= now;
  }

  /** Runs in the transaction of the audited action. */
  append(entry: AuditEntry, now: number): void {
    this.#ports.store.append(entry);
    this.#dueAt ??= now + AUDIT_LOG.pause;
  }

  /** A room's own entries, numbered there from `first` on: each is taken once. Returns the highest number held. */
  takeFromRoom(agentUid: AgentUid, first: number, entries: readonly AuditEntry[], now: number): number {
    const highest = this.#ports.store.takeFromRoom(agentUid, first, entries);
    if (this.#ports.store.hasPending) this.#dueAt ??= now + AUDIT_LOG.pause;
    return highest;
  }

  /**
   * Writes all pending entries. Resolves to the end of the chain. @throws Error when D1 rejects them;
   * `nextDeadline` says when to retry.
   */
  write(now: number): Promise<Head> {
    this.#writing ??= this.#write().then(
      (head) => this.#done(head),
      (error: unknown) => {
        this.#writing = null;
        this.#failures += 1;
        this.#dueAt = now + backoff(this.#failures);
        throw error;
      },
    );
    return this.#writing;
  }

  #done(head: Head): Head {
    this.#writing = null;
    this.#failures = 0;
    this.#dueAt = this.#ports.store.hasPending ? AT_ONCE : null;
    return head;
  }

  async #write(): Promise<Head> {
    const { team, store, write } = this.#ports;
    let head = store.head() ?? EMPTY_CHAIN;
    const mac = store.hasPending ? await this.#ports.mac() : null;
    while (mac !== null && store.hasPending) {
      const rows = await extendChain(team, head, store.pending(AUDIT_LOG.batch), mac);
      await write(rows);
      head = rows.at(-1) ?? head;
      store.markWritten({ sequence: head.sequence, mac: head.mac });
    }
    return { sequence: head.sequence, mac: head.mac };
  }
}
