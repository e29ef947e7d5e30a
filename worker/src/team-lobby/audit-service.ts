import type { AgentUid, AuditEntry, TeamId } from '@muster/protocol';
import { AuditLog, type AuditStore } from '../audit/audit-log.ts';
import type { Head } from '../audit/core/chain.ts';
import { auditMac } from '../audit/key.ts';
import { entryOfRefusal, type Refusal } from '../audit/refusal-limiter.ts';
import { RefusalReporter } from '../audit/refusal-reporter.ts';
import { signingKey } from '../auth/tokens.ts';
import type { Env } from '../env.ts';
import { writeAudit } from '../history/audit.ts';
import type { Effect } from './core/types.ts';

/** X8: the one writer of a team's chain: whatever is to be on record comes here. */
export class AuditService {
  readonly #log: AuditLog;
  readonly #refusals = new RefusalReporter((refusal) => this.#appendNow(entryOfRefusal(refusal)));
  readonly #onDeadlineChange: () => void;

  /** `stepped`: `due` may be another. */
  constructor(env: Env, team: TeamId, store: AuditStore, onDeadlineChange: () => void) {
    this.#log = new AuditLog({
      team,
      store,
      mac: () => auditMac(signingKey(env.MUSTER_KEY), team),
      write: (rows) => writeAudit(env.DB, team, rows),
    });
    this.#onDeadlineChange = onDeadlineChange;
  }

  /** H2: when `write` has something to do, ms; null: all is written. */
  get nextDeadline(): number | null {
    return this.#log.nextDeadline;
  }

  /**
   * In the transaction of what is noted, which sets the alarm too. X8a: what was refused beforehand is counted, whoever
   * says so; what was done, or tried and failed, is always put on record.
   */
  auditUnlessFlooding(entry: AuditEntry, now: number): void {
    if (entry.result === 'ok') return this.append(entry, now);
    const admitted = this.#refusals.admit({ entry, others: 0 }, now);
    if (admitted !== null) this.append(entryOfRefusal(admitted), now);
  }

  /** What the core decided: of a refusal nothing came. */
  perform({ type, entry }: Extract<Effect, { type: 'audit' | 'audit-refusal' }>, now: number): void {
    if (type === 'audit') this.append(entry, now);
    else this.auditUnlessFlooding(entry, now);
  }

  /** It was done, or begun, whatever came of it. */
  append(entry: AuditEntry, now: number): void {
    this.#log.append(entry, now);
  }

  audit(entry: AuditEntry): void {
    this.auditUnlessFlooding(entry, Date.now());
    this.#onDeadlineChange();
  }

  /** Of a room, which counts too. */
  auditRefusal(refusal: Refusal): void {
    const admitted = this.#refusals.admit(refusal, Date.now());
    if (admitted !== null) this.#appendNow(entryOfRefusal(admitted));
  }

  #appendNow(entry: AuditEntry): void {
    this.append(entry, Date.now());
    this.#onDeadlineChange();
  }

  /** A room's own entries, numbered there from `first` on. Returns the highest number held. */
  takeFromRoom(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number {
    const highest = this.#log.takeFromRoom(agentUid, first, entries, Date.now());
    this.#onDeadlineChange();
    return highest;
  }

  /** In the alarm, where it is due. If D1 is away the next one tries again. */
  async writeIfDue(now: number): Promise<void> {
    if (this.#log.isDue(now)) await this.head().catch(() => undefined);
  }

  /** The end of the chain, once all that was noted is written. @throws Error when D1 does not take it */
  async head(): Promise<Head> {
    try {
      return await this.#log.write(Date.now());
    } finally {
      this.#onDeadlineChange();
    }
  }
}
