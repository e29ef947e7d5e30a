import type { KeptAudit } from './kept.ts';
import type { AuditNote } from './types.ts';

/** X8: what this room noted and the lobby does not hold yet: the oldest of it, the rest is in the store. */
export interface AuditBox {
  waiting: readonly AuditNote[];
  /** The number of the newest note of all. */
  last: number;
  /** The lobby is being told. */
  underWay: boolean;
  /** ms: told again then; null: nothing failed. */
  retryAt: number | null;
  failures: number;
}

export const openBox = ({ waiting, last }: KeptAudit): AuditBox => ({
  waiting,
  last,
  underWay: false,
  retryAt: null,
  failures: 0,
});
