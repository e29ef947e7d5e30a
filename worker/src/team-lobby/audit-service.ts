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

/** X8: the single writer of a team's audit chain. */
export class AuditService {
  readonly #log: AuditLog;
  readonly #refusals = new RefusalReporter((refusal) => this.#appendNow(entryOfRefusal(refusal)));
  readonly #onDeadlineChange: () => void;

  /** `onDeadlineChange`: `nextDeadline` may have changed. */
  constructor(env: Env, team: TeamId, store: AuditStore, onDeadlineChange: () => void) {
    this.#log = new AuditLog({
      team,
      store,
      mac: () => auditMac(signingKey(env.MUSTER_KEY), team),
      write: (rows) => writeAudit(env.DB, team, rows),
    });
    this.#onDeadlineChange = onDeadlineChange;
  }

  /** H2: when to call `writeIfDue`, ms; null: everything is written. */
  get nextDeadline(): number | null {
    return this.#log.nextDeadline;
  }

  /**
   * Runs in the transaction of the audited action, which also sets the alarm. X8a: refusals are counted,
   * whoever reports them; actions that succeeded, or failed after they began, are always recorded.
   */
  auditUnlessFlooding(entry: AuditEntry, now: number): void {
    if (entry.result === 'ok') return this.append(entry, now);
    const admitted = this.#refusals.admit({ entry, others: 0 }, now);
    if (admitted !== null) this.append(entryOfRefusal(admitted), now);
  }

  /** Audits an effect of the core; `audit-refusal` had no consequences. */
  perform({ type, entry }: Extract<Effect, { type: 'audit' | 'audit-refusal' }>, now: number): void {
    if (type === 'audit') this.append(entry, now);
    else this.auditUnlessFlooding(entry, now);
  }

  /** Records an action that was done or begun, whatever its result. */
  append(entry: AuditEntry, now: number): void {
    this.#log.append(entry, now);
  }

  audit(entry: AuditEntry): void {
    this.auditUnlessFlooding(entry, Date.now());
    this.#onDeadlineChange();
  }

  /** Records a room's refusal; rooms limit theirs too. */
  auditRefusal(refusal: Refusal): void {
    const admitted = this.#refusals.admit(refusal, Date.now());
    if (admitted !== null) this.#appendNow(entryOfRefusal(admitted));
  }

  #appendNow(entry: AuditEntry): void {
    this.append(entry, Date.now());
    this.#onDeadlineChange();
  }

  /** Takes a room's entries, numbered there from `first` on. Returns the highest number held. */
  takeFromRoom(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number {
    const highest = this.#log.takeFromRoom(agentUid, first, entries, Date.now());
    this.#onDeadlineChange();
    return highest;
  }

  /** Called by the alarm. If D1 is unavailable the next alarm retries. */
  async writeIfDue(now: number): Promise<void> {
    if (this.#log.isDue(now)) await this.head().catch(() => undefined);
  }

  /** Writes all pending entries and returns the end of the chain. @throws Error when D1 rejects them */
  async head(): Promise<Head> {
    try {
      return await this.#log.write(Date.now());
    } finally {
      this.#onDeadlineChange();
    }
  }
}
