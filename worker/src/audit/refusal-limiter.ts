import type { AuditEntry, MemberId } from '@muster/protocol';
import { type Bucket, fullBucket, take } from '../socket/bucket.ts';

/** X8a: refusals of one member that are audited one by one: ten at once, then one a minute. */
const RATE = { perSecond: 1 / 60, burst: 10 } as const;
/** Members whose rate an object remembers. */
const MEMBERS = 1_000;

/** An act that was refused beforehand, by a role, a budget, or the state of things. */
export interface Refusal {
  readonly entry: AuditEntry;
  /** How many of this member before it were only counted. */
  readonly others: number;
}

interface MemberRefusals {
  readonly bucket: Bucket;
  /** Refusals that were only counted, and the newest of them. */
  readonly others: number;
  readonly newest: AuditEntry;
}

/** X8a: keeps refusals from flooding the audit log. */
export class RefusalLimiter {
  readonly #members = new Map<MemberId | null, MemberRefusals>();

  /** The refusal to audit, with the number of those only counted; null: this one is only counted too. */
  admit({ entry, others }: Refusal, now: number): Refusal | null {
    const known = this.#members.get(entry.memberId);
    const taken = take(known?.bucket ?? fullBucket(RATE, now), RATE, now);
    const before = (known?.others ?? 0) + others;
    // The map is ordered by the last refusal: its first entry is the oldest.
    this.#members.delete(entry.memberId);
    const left = taken.ok ? 0 : before + 1;
    this.#members.set(entry.memberId, { bucket: taken.bucket, others: left, newest: entry });
    const [oldest] = this.#members.keys();
    if (this.#members.size > MEMBERS && oldest !== undefined) this.#members.delete(oldest);
    return taken.ok ? { entry, others: before } : null;
  }

  /** Whether some refusals were only counted. */
  get hasCounted(): boolean {
    return [...this.#members.values()].some(({ others }) => others > 0);
  }

  /** Counted refusals that are due: one for each member, with the number of the others. */
  takeDue(now: number): Refusal[] {
    const waiting = [...this.#members].filter(([, { others }]) => others > 0);
    return waiting.flatMap(([memberId, { bucket, others, newest }]) => {
      const taken = take(bucket, RATE, now);
      if (!taken.ok) return [];
      this.#members.set(memberId, { bucket: taken.bucket, others: 0, newest });
      return [{ entry: newest, others: others - 1 }];
    });
  }
}

/** The entry to record. */
export const entryOfRefusal = ({ entry, others }: Refusal): AuditEntry =>
  others === 0 ? entry : { ...entry, details: JSON.stringify({ notRecordedBefore: others }) };
