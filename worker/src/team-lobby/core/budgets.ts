import { type HostId, type MemberId, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import {
  type Bucket,
  BucketSchema,
  fullAt,
  fullBucket,
  isWorthStoring,
  type Rate,
  take,
} from '../../socket/bucket.ts';
import { LOBBY } from './limits.ts';

/** All of a minute's at once: after a restart of the server everyone comes back together. */
export const CONNECTION_RATE: Rate = {
  perSecond: LOBBY.connectionsPerMinute / 60,
  burst: LOBBY.connectionsPerMinute,
};

/** What a member may spend across the whole team. `member`: connections. */
export const MEMBER_BUDGETS = {
  member: { rate: CONNECTION_RATE, what: `${LOBBY.connectionsPerMinute} connections a minute` },
  people: { rate: { perSecond: 1 / 2, burst: 60 }, what: '30 changes of this kind a minute' },
  session: { rate: { perSecond: 1 / 2, burst: 60 }, what: '30 renewals of a sign-in a minute' },
  search: { rate: { perSecond: 10, burst: 100 }, what: '10 searches and downloads a second' },
  read: { rate: { perSecond: 100, burst: 1_000 }, what: '100 requests a second' },
  poll: { rate: { perSecond: 300, burst: 3_000 }, what: '300 polls a second' },
} as const satisfies Record<string, Budget>;
export type MemberBudget = keyof typeof MEMBER_BUDGETS;

interface Budget {
  readonly rate: Rate;
  readonly what: string;
}

/**
 * What is charged, and to whom: a connection (a socket, a plain client's, or a polled line), or the cost of a
 * request.
 */
export type BudgetCharge =
  | { readonly kind: MemberBudget; readonly id: MemberId }
  | { readonly kind: 'host'; readonly id: HostId };

const budgetOf = (kind: BudgetCharge['kind']): Budget => MEMBER_BUDGETS[kind === 'host' ? 'member' : kind];

/** Within this time all of it is refilled before an object that is not asked sleeps, so it need not be kept, ms. */
const AWAKE_TIME = 10_000;
const isKept = ({ burst, perSecond }: Rate) => (burst * 1_000) / perSecond > AWAKE_TIME;

/** `until`: when the bucket is full again and need not be kept, ms since 1970. */
export const BudgetRowSchema = z.object({ who: z.string(), until: z.number(), bucket: BucketSchema });
export type BudgetRow = Readonly<z.infer<typeof BudgetRowSchema>>;

/** Where buckets outlive the object. Synchronous. */
export interface BudgetStore {
  /** Null: it is full. */
  row(who: string): BudgetRow | null;
  /** Those that are full again go. */
  put(row: BudgetRow, now: number): void;
}

interface CachedBucket {
  readonly bucket: Bucket;
  /** As the store has it; undefined: it has none. */
  readonly kept: Bucket | undefined;
}

/** L, X18: what each member, and each host, may over all objects of a team. */
export class BudgetLimiter {
  readonly #store: BudgetStore;
  readonly #known = new Map<string, CachedBucket>();

  constructor(store: BudgetStore) {
    this.#store = store;
  }

  /** Counts one more; why it may not be, or null. `put`: stores a bucket, where that is part of a larger commit. */
  charge(
    { kind, id }: BudgetCharge,
    now: number,
    put = (row: BudgetRow) => this.#store.put(row, now),
  ): WireError | null {
    const who = `${kind}:${id}`;
    const { rate, what } = budgetOf(kind);
    const { bucket: before, kept } = this.#known.get(who) ?? this.#stored(who, rate, now);
    const taken = take(before, rate, now);
    const { bucket } = taken;
    // Stored exactly when it begins to refuse, so that `retryAfter` holds across evictions too.
    const keeps = isKept(rate) && (taken.ok ? isWorthStoring(bucket, kept, rate) : bucket.refused === 1);
    if (keeps) put({ who, until: fullAt(bucket, rate), bucket });
    this.#remember(who, { bucket, kept: keeps ? bucket : kept });
    if (taken.ok) return null;
    return wireError('RATE_LIMIT', `at most ${what}`, { retryAfter: taken.retryAfter });
  }

  #stored(who: string, rate: Rate, now: number): CachedBucket {
    const kept = isKept(rate) ? this.#store.row(who)?.bucket : undefined;
    return { bucket: kept ?? fullBucket(rate, now), kept };
  }

  /** The map's first entry is the least recently used; forgetting it loses an eighth of the burst at most. */
  #remember(who: string, known: CachedBucket): void {
    this.#known.delete(who);
    this.#known.set(who, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > LOBBY.budgetsInMemory && oldest !== undefined) this.#known.delete(oldest);
  }
}
