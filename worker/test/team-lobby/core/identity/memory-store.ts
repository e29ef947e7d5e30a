import type { MemberId } from '@muster/protocol';
import type { BudgetRow } from '../../../../src/team-lobby/core/budgets.ts';
import {
  ROW_KEYS,
  type RowChange,
  type RowKeys,
  type Rows,
} from '../../../../src/team-lobby/core/identity/rows.ts';
import type {
  AuditRecord,
  IdentityCommit,
  IdentityStore,
  PendingPush,
} from '../../../../src/team-lobby/core/identity/state.ts';
import {
  EVERY_ROOM,
  type Room,
  unionOf,
  type Visited,
} from '../../../../src/team-lobby/core/identity/visits.ts';

/** Rows are frozen: a core that changed one in place would throw. */
class MemoryRows<R extends object> implements Rows<R> {
  readonly #rows = new Map<string, R>();
  readonly #keys: RowKeys<R>;

  constructor(keys: RowKeys<R>) {
    this.#keys = keys;
  }

  get(id: string): R | null {
    return this.#rows.get(id) ?? null;
  }

  all(): readonly R[] {
    return [...this.#rows.values()];
  }

  ofMember(memberId: MemberId): readonly R[] {
    return this.all().filter((row) => this.#keys.member(row) === memberId);
  }

  expired(now: number): string[] {
    const hasExpired = (row: R) =>
      'expiresAt' in row && typeof row.expiresAt === 'number' && row.expiresAt <= now;
    return this.all().filter(hasExpired).map(this.#keys.id);
  }

  apply(change: RowChange<R> | undefined): void {
    for (const row of change?.put ?? []) this.put(row);
    for (const id of change?.drop ?? []) this.#rows.delete(id);
  }

  put(row: R): void {
    this.#rows.set(this.#keys.id(row), Object.freeze(structuredClone(row)));
  }
}

/** The twin of the SQLite store, with the audit log's entries beside it. */
export class MemoryIdentityStore implements IdentityStore {
  readonly members = new MemoryRows(ROW_KEYS.members);
  readonly sessions = new MemoryRows(ROW_KEYS.sessions);
  readonly invitations = new MemoryRows(ROW_KEYS.invitations);
  readonly tokens = new MemoryRows(ROW_KEYS.tokens);
  readonly passkeys = new MemoryRows(ROW_KEYS.passkeys);
  readonly audit: AuditRecord[] = [];
  readonly budgets = new Map<string, BudgetRow>();
  readonly #visits = new Map<string, Set<Room>>();
  readonly #codes = new Map<string, number>();
  readonly #pushes = new Map<number, PendingPush>();
  #revision = 0;

  revision(): number {
    return this.#revision;
  }

  visited(sid: string): Visited {
    const rooms = [...(this.#visits.get(sid) ?? [])];
    return unionOf(rooms.map((room) => (room === EVERY_ROOM ? EVERY_ROOM : [room])));
  }

  isSpent(code: string, now: number): boolean {
    return (this.#codes.get(code) ?? 0) > now;
  }

  pendingPushes(): PendingPush[] {
    return [...this.#pushes.values()];
  }

  commit(change: IdentityCommit, now: number): void {
    this.members.apply(change.members);
    this.sessions.apply(change.sessions);
    this.invitations.apply(change.invitations);
    this.tokens.apply(change.tokens);
    this.passkeys.apply(change.passkeys);
    this.#revision = change.revision ?? this.#revision;
    for (const { sid, room } of change.visits)
      this.#visits.set(sid, (this.#visits.get(sid) ?? new Set()).add(room));
    for (const sid of change.dropVisits) this.#visits.delete(sid);
    for (const [code, until] of this.#codes) if (until <= now) this.#codes.delete(code);
    for (const { code, expiresAt } of change.codes) this.#codes.set(code, expiresAt);
    for (const row of change.budgets) this.budgets.set(row.who, row);
    for (const push of change.pushes) this.#pushes.set(push.number, push);
    for (const number of change.dropPushes) this.#pushes.delete(number);
    this.audit.push(...change.audit);
  }
}
