import type { AuditEntry, MemberId } from '@muster/protocol';
import { type Bucket, fullBucket, take } from '../socket/bucket.ts';

/** X8: refusals of one member that are told one by one: ten at once, then one a minute. */
const RATE = { perSecond: 1 / 60, burst: 10 } as const;
/** Members whose rate an object remembers. */
const MEMBERS = 1_000;

/** What a role did not let happen. */
export interface Refusal {
  readonly entry: AuditEntry;
  /** How many of this member before it were only counted. */
  readonly others: number;
}

/** X8: so that nobody floods the record with what he may not do. */
export class Refusals {
  readonly #members = new Map<MemberId | null, { readonly bucket: Bucket; readonly others: number }>();

  /** The refusal that is to be told, with those that were only counted; null: it is only counted itself. */
  admit({ entry, others }: Refusal, now: number): Refusal | null {
    const known = this.#members.get(entry.memberId);
    const taken = take(known?.bucket ?? fullBucket(RATE, now), RATE, now);
    const before = (known?.others ?? 0) + others;
    // Refused again it is the youngest: the first of the map is who was silent longest.
    this.#members.delete(entry.memberId);
    this.#members.set(entry.memberId, { bucket: taken.bucket, others: taken.ok ? 0 : before + 1 });
    const [oldest] = this.#members.keys();
    if (this.#members.size > MEMBERS && oldest !== undefined) this.#members.delete(oldest);
    return taken.ok ? { entry, others: before } : null;
  }
}

/** As it stands on record. */
export const recorded = ({ entry, others }: Refusal): AuditEntry =>
  others === 0 ? entry : { ...entry, details: JSON.stringify({ notRecordedBefore: others }) };
