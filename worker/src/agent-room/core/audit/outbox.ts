import type { StoredAudit } from '../stored-room.ts';
import type { NumberedAuditEntry } from '../types.ts';

/** X8: what this room noted and the lobby does not hold yet: the oldest of it, the rest is in the store. */
export interface AuditOutbox {
  pending: readonly NumberedAuditEntry[];
  /** The number of the newest note of all. */
  last: number;
  /** The lobby is being told. */
  inFlight: boolean;
  /** ms: told again then; null: nothing failed. */
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
