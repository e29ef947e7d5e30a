import type { AgentUid, AuditEntry, TeamId } from '@muster/protocol';
import { AuditBook, type AuditStore } from '../audit/book.ts';
import type { Head } from '../audit/core/chain.ts';
import { CountedRefusals } from '../audit/counted-refusals.ts';
import { auditMac } from '../audit/key.ts';
import { type Refusal, recorded } from '../audit/refusals.ts';
import { signingKey } from '../auth/tokens.ts';
import type { Env } from '../env.ts';
import { writeAudit } from '../history/audit.ts';
import type { Effect } from './core/types.ts';

/** X8: the one writer of a team's chain: whatever is to be on record comes here. */
export class AuditDesk {
  readonly #book: AuditBook;
  readonly #refusals = new CountedRefusals((refusal) => this.#put(recorded(refusal)));
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

  /**
   * In the transaction of what is noted, which sets the alarm too. X8a: what was refused beforehand is counted, whoever
   * says so; what was done, or tried and failed, is always put on record.
   */
  add(entry: AuditEntry, now: number): void {
    if (entry.result === 'ok') return this.tried(entry, now);
    const admitted = this.#refusals.admit({ entry, others: 0 }, now);
    if (admitted !== null) this.tried(recorded(admitted), now);
  }

  /** What the core decided: of a refusal nothing came. */
  perform({ type, entry }: Extract<Effect, { type: 'audit' | 'refused' }>, now: number): void {
    if (type === 'audit') this.tried(entry, now);
    else this.add(entry, now);
  }

  /** It was done, or begun, whatever came of it. */
  tried(entry: AuditEntry, now: number): void {
    this.#book.note(entry, now);
  }

  note(entry: AuditEntry): void {
    this.add(entry, Date.now());
    this.#stepped();
  }

  /** Of a room, which counts too. */
  refused(refusal: Refusal): void {
    const admitted = this.#refusals.admit(refusal, Date.now());
    if (admitted !== null) this.#put(recorded(admitted));
  }

  #put(entry: AuditEntry): void {
    this.tried(entry, Date.now());
    this.#stepped();
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
