import { type HostId, type MemberId, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import {
  type Bucket,
  BucketSchema,
  fullAt,
  fullBucket,
  type Rate,
  take,
  worthKeeping,
} from '../../socket/bucket.ts';
import { LOBBY } from './limits.ts';

/** All of a minute's at once: after a restart of the server everyone comes back together. */
export const CONNECTION_RATE: Rate = {
  perSecond: LOBBY.connectionsPerMinute / 60,
  burst: LOBBY.connectionsPerMinute,
};

/** Who opens a connection: a socket, a plain client's, or a polled line. */
export type Connecting =
  | { readonly kind: 'member'; readonly id: MemberId }
  | { readonly kind: 'host'; readonly id: HostId };

/** `until`: when the bucket is full again and need not be kept, ms since 1970. */
export const ConnectionRowSchema = z.object({ who: z.string(), until: z.number(), bucket: BucketSchema });
export type ConnectionRow = Readonly<z.infer<typeof ConnectionRowSchema>>;

/** Where buckets outlive the object. Synchronous. */
export interface ConnectionStore {
  /** Null: it is full. */
  row(who: string): ConnectionRow | null;
  /** Those that are full again go. */
  put(row: ConnectionRow, now: number): void;
}

interface Known {
  readonly bucket: Bucket;
  /** As the store has it; undefined: it has none. */
  readonly kept: Bucket | undefined;
}

/** L: how many connections each member, and each host, opens over all objects of a team. */
export class Connections {
  readonly #store: ConnectionStore;
  readonly #known = new Map<string, Known>();

  constructor(store: ConnectionStore) {
    this.#store = store;
  }

  /** Counts one more; why it may not be, or null. */
  refusal({ kind, id }: Connecting, now: number): WireError | null {
    const who = `${kind}:${id}`;
    const { bucket: before, kept } = this.#known.get(who) ?? this.#stored(who, now);
    const taken = take(before, CONNECTION_RATE, now);
    const { bucket } = taken;
    // Exactly as it is where it begins to refuse, so that waiting helps as soon as it was said to, over evictions too.
    const keeps = taken.ok ? worthKeeping(bucket, kept, CONNECTION_RATE) : bucket.refused === 1;
    if (keeps) this.#store.put({ who, until: fullAt(bucket, CONNECTION_RATE), bucket }, now);
    this.#remember(who, { bucket, kept: keeps ? bucket : kept });
    if (taken.ok) return null;
    const { retryAfter } = taken;
    return wireError('RATE_LIMIT', `at most ${LOBBY.connectionsPerMinute} connections a minute`, {
      retryAfter,
    });
  }

  #stored(who: string, now: number): Known {
    const kept = this.#store.row(who)?.bucket;
    return { bucket: kept ?? fullBucket(CONNECTION_RATE, now), kept };
  }

  /** The first of the map is who connected longest ago: what is forgotten of him is an eighth of the burst at most. */
  #remember(who: string, known: Known): void {
    this.#known.delete(who);
    this.#known.set(who, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > LOBBY.connecting && oldest !== undefined) this.#known.delete(oldest);
  }
}
