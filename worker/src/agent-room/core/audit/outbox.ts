import type { StoredAudit } from '../stored-room.ts';
import type { NumberedAuditEntry } from '../types.ts';

/** X8: audit entries that the lobby has not acked: the oldest in memory, the rest in the store. */
export interface AuditOutbox {
  pending: readonly NumberedAuditEntry[];
  /** The number of the newest entry of all. */
  last: number;
  /** A call to the lobby is in flight. */
  inFlight: boolean;
  /** When to retry, ms since 1970; null: nothing failed. */
  retryAt: number | null;
  failures: number;
}

export const openAuditOutbox = ({ pending, last }: StoredAudit): AuditOutbox => ({
  pending,
  last,
  inFlight: false,
  retryAt: null,
  failures: 0,
});
