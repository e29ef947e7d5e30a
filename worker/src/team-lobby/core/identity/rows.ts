import type { MemberId } from '@muster/protocol';
import type { InvitationRow, MemberRow, PasskeyRow, SessionRow, TokenRow } from './types.ts';

/** The tables of people and the row of each. */
export interface IdentityTables {
  readonly members: MemberRow;
  readonly sessions: SessionRow;
  readonly invitations: InvitationRow;
  readonly tokens: TokenRow;
  readonly passkeys: PasskeyRow;
}

/** One table. Synchronous; rows are read when they are needed, since a lobby sleeps most of the time. */
export interface Rows<R> {
  get(id: string): R | null;
  all(): readonly R[];
  /** The rows that belong to a member; of an invitation, its maker. */
  ofMember(memberId: MemberId): readonly R[];
  /** Ids of the rows that have expired; none in a table whose rows do not expire. `now`: ms since 1970. */
  expired(now: number): readonly string[];
}

/** Rows to write and ids to delete. */
export interface RowChange<R> {
  readonly put: readonly R[];
  readonly drop: readonly string[];
}

/** How a row is found. */
export interface RowKeys<R> {
  readonly id: (row: R) => string;
  readonly member: (row: R) => MemberId;
}

export const ROW_KEYS: { readonly [T in keyof IdentityTables]: RowKeys<IdentityTables[T]> } = {
  members: { id: ({ id }) => id, member: ({ id }) => id },
  sessions: { id: ({ sid }) => sid, member: ({ memberId }) => memberId },
  invitations: { id: ({ id }) => id, member: ({ createdBy }) => createdBy },
  tokens: { id: ({ id }) => id, member: ({ createdBy }) => createdBy },
  passkeys: { id: ({ id }) => id, member: ({ memberId }) => memberId },
};

/** A table as it will be once the unit of work commits: its own changes are visible to its reads. */
export class ChangedRows<R> implements Rows<R> {
  readonly #stored: Rows<R>;
  readonly #keys: RowKeys<R>;
  /** Null: dropped. */
  readonly #changed = new Map<string, R | null>();

  constructor(stored: Rows<R>, keys: RowKeys<R>) {
    this.#stored = stored;
    this.#keys = keys;
  }

  get(id: string): R | null {
    const changed = this.#changed.get(id);
    return changed === undefined ? this.#stored.get(id) : changed;
  }

  all(): readonly R[] {
    return this.#overlay(this.#stored.all(), () => true);
  }

  ofMember(memberId: MemberId): readonly R[] {
    return this.#overlay(this.#stored.ofMember(memberId), (row) => this.#keys.member(row) === memberId);
  }

  expired(now: number): readonly string[] {
    return this.#stored.expired(now).filter((id) => !this.#changed.has(id));
  }

  put(row: R): void {
    this.#changed.set(this.#keys.id(row), row);
  }

  drop(id: string): void {
    this.#changed.set(id, null);
  }

  /** Undefined: nothing changes. */
  get change(): RowChange<R> | undefined {
    if (this.#changed.size === 0) return undefined;
    const drop = [...this.#changed].flatMap(([id, row]) => (row === null ? [id] : []));
    return { put: this.#put, drop };
  }

  get #put(): R[] {
    return [...this.#changed.values()].filter((row) => row !== null);
  }

  /** In the order of the store; new rows come last. */
  #overlay(stored: readonly R[], belongs: (row: R) => boolean): readonly R[] {
    if (this.#changed.size === 0) return stored;
    const rows = new Map<string, R | null>(stored.map((row) => [this.#keys.id(row), row]));
    for (const [id, row] of this.#changed) rows.set(id, row);
    return [...rows.values()].filter((row) => row !== null).filter(belongs);
  }
}
