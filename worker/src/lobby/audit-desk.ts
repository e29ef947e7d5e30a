import type { AgentUid, AuditEntry, TeamId } from '@muster/protocol';
import { AuditBook, type AuditStore } from '../audit/book.ts';
import type { Head } from '../audit/core/chain.ts';
import { auditMac } from '../audit/key.ts';
import { type Refusal, Refusals, recorded } from '../audit/refusals.ts';
import { signingKey } from '../auth/tokens.ts';
import type { Env } from '../env.ts';
import { writeAudit } from '../history/audit.ts';

/** X8: the one writer of a team's chain: whatever is to be on record comes here. */
export class AuditDesk {
  readonly #book: AuditBook;
  readonly #refusals = new Refusals();
  readonly #stepped: () => void;

  /** `stepped`: `due` may be another. */
  constructor(env: Env, team: TeamId, store: AuditStore, stepped: () => void) {
    this.#book = new AuditBook({
      team,
      store,
      mac: () => auditMac(signingKey(env.MUSTER_KEY), team),
      write: (rows) => writeAudit(env.DB, team, rows),
    });
    this.#stepped = stepped;
  }

  /** H2: when `write` has something to do, ms; null: all is written. */
  get due(): number | null {
    return this.#book.due;
  }

  /** In the transaction of what is noted, which sets the alarm too. */
  add(entry: AuditEntry, now: number): void {
    this.#book.note(entry, now);
  }

  note(entry: AuditEntry): void {
    this.add(entry, Date.now());
    this.#stepped();
  }

  /** What a role did not let happen: put on record or counted. */
  refused(refusal: Refusal): void {
    const admitted = this.#refusals.admit(refusal, Date.now());
    if (admitted !== null) this.note(recorded(admitted));
  }

  /** A room's own entries, numbered there from `first` on. Returns the highest number held. */
  take(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number {
    const held = this.#book.take(agentUid, first, entries, Date.now());
    this.#stepped();
    return held;
  }

  /** In the alarm, where it is due. If D1 is away the next one tries again. */
  async write(now: number): Promise<void> {
    if (this.#book.isDue(now)) await this.head().catch(() => undefined);
  }

  /** The end of the chain, once all that was noted is written. @throws Error when D1 does not take it */
  async head(): Promise<Head> {
    try {
      return await this.#book.write(Date.now());
    } finally {
      this.#stepped();
    }
  }
}
