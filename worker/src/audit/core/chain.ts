import type { AuditEntry, AuditRow, TeamId } from '@muster/protocol';

/** X8: where a chain ends: the last row's number and MAC. Kept in the lobby, it is the anchor that shows a cut-off end. */
export interface Head {
  readonly sequence: number;
  readonly mac: string;
}

/** HMAC-SHA-256 under the team's key, as hex. An argument, and a promise, because the platform's is. */
export type Mac = (text: string) => Promise<string>;

/** The end of a chain without rows. */
export const EMPTY_CHAIN: Head = { sequence: 0, mac: '0'.repeat(64) };

type Numbered = Omit<AuditRow, 'mac'>;

/**
 * A row as the one text that is signed: the fields by position, so that none can take another's place, with the
 * team and the MAC before, so that no row fits anywhere else. The version comes first: a new field makes another.
 */
function canonical(team: TeamId, before: string, row: Numbered): string {
  const { sequence, at, memberId, name, role, address } = row;
  const { action, agentId, agentUid, target, result, details } = row;
  const who = [memberId, name, role, address];
  const what = [action, agentId, agentUid, target, result, details];
  return JSON.stringify([1, team, before, sequence, at, ...who, ...what]);
}

/** The rows that continue a chain behind `head`. The same entries behind the same head are the same rows. */
export async function extendChain(
  team: TeamId,
  head: Head,
  entries: readonly AuditEntry[],
  mac: Mac,
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  let { sequence, mac: before } = head;
  for (const entry of entries) {
    sequence += 1;
    const row = { ...entry, sequence };
    before = await mac(canonical(team, before, row));
    rows.push({ ...row, mac: before });
  }
  return rows;
}

/** A fault in a chain, and the number where it first shows. */
export interface Fault {
  readonly sequence: number;
  readonly kind: 'missing' | 'changed' | 'cut-off';
}

export type ChainCheck =
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly fault: Fault };

/** Follows a chain behind `from` through `rows`, as they are kept (null: cannot be read). Rows behind the anchor are newer than it, and must fit too. */
export async function verifyRows(
  team: TeamId,
  from: Head,
  anchor: Head,
  rows: readonly (AuditRow | null)[],
  mac: Mac,
): Promise<ChainCheck> {
  let head = from;
  for (const row of rows) {
    const wanted = head.sequence + 1;
    if (row === null) return { ok: false, fault: { sequence: wanted, kind: 'changed' } };
    if (row.sequence !== wanted) return { ok: false, fault: { sequence: wanted, kind: 'missing' } };
    const signed = await mac(canonical(team, head.mac, row));
    const anchored = wanted !== anchor.sequence || signed === anchor.mac;
    if (signed !== row.mac || !anchored) return { ok: false, fault: { sequence: wanted, kind: 'changed' } };
    head = { sequence: wanted, mac: signed };
  }
  return { ok: true, head };
}

/** Whether a chain that was followed to its last row reaches its anchor. */
export function verifyEnd(head: Head, anchor: Head): ChainCheck {
  if (head.sequence >= anchor.sequence) return { ok: true, head };
  return { ok: false, fault: { sequence: head.sequence + 1, kind: 'cut-off' } };
}
