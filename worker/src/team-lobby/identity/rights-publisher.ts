import { type AgentUid, backoff } from '@muster/protocol';
import type { RightsChange } from '../../auth/claims.ts';

/** An alarm that was due long ago, ms. */
const AT_ONCE = 1;

const PUSH = {
  /** Rooms that are called at the same time. */
  atOnce: 64,
  /** How long a call to a room may take before the alarm checks again, ms. */
  timeout: 5_000,
} as const;

/** A change that one room has not confirmed. */
export interface PendingPush {
  readonly number: number;
  readonly room: AgentUid;
  readonly change: RightsChange;
}

/** Stores unconfirmed changes. Synchronous. */
export interface RightsPushStore {
  /** Oldest first. */
  pending(): PendingPush[];
  /** Returns its number. */
  add(room: AgentUid, change: RightsChange): number;
  drop(numbers: readonly number[]): void;
}

export interface RightsPublisherPorts {
  readonly store: RightsPushStore;
  /** False: the room could not be reached. Idempotent. */
  readonly send: (room: AgentUid, changes: readonly RightsChange[]) => Promise<boolean>;
  /** `nextDeadline` may have changed. */
  readonly onDeadlineChange: () => void;
  readonly now: () => number;
}

interface RoomBacklog {
  readonly pending: readonly PendingPush[];
  readonly tries: number;
  /** ms. */
  readonly nextAt: number;
  readonly busy: boolean;
}

const EMPTY_BACKLOG: RoomBacklog = { pending: [], tries: 0, nextAt: AT_ONCE, busy: false };

/** The subject of a change: a newer change about the same subject replaces it. */
const subjectOf = ({ who }: RightsChange): string => JSON.stringify(who);

/**
 * X5: sends each rights change to the rooms that it concerns until they confirm it. Unreachable rooms are
 * retried after 1, 2, 4 … 30 s, across resets.
 */
export class RightsPublisher {
  readonly #ports: RightsPublisherPorts;
  readonly #backlogs = new Map<AgentUid, RoomBacklog>();
  #busy = 0;

  constructor(ports: RightsPublisherPorts) {
    this.#ports = ports;
    for (const one of ports.store.pending()) {
      const { pending } = this.#backlogs.get(one.room) ?? EMPTY_BACKLOG;
      this.#backlogs.set(one.room, { ...EMPTY_BACKLOG, pending: [...pending, one] });
    }
  }

  /** H2: when to call `sendDue`, ms; null: every room has confirmed. */
  get nextDeadline(): number | null {
    const full = this.#busy >= PUSH.atOnce;
    // Those that wait for their turn get it when another is done.
    const awaited = [...this.#backlogs.values()].filter(({ busy }) => busy || !full);
    return awaited.length === 0 ? null : Math.min(...awaited.map(({ nextAt }) => nextAt));
  }

  /** Runs in the transaction of the changes. `changes`: by room, the most urgent room first. */
  push(changes: ReadonlyMap<AgentUid, readonly RightsChange[]>, now: number): void {
    for (const [room, own] of changes) {
      const { busy, pending } = this.#backlogs.get(room) ?? EMPTY_BACKLOG;
      const about = new Set(own.map(subjectOf));
      const old = pending.filter(({ change }) => about.has(subjectOf(change)));
      this.#ports.store.drop(old.map(({ number }) => number));
      const rest = pending.filter((one) => !old.includes(one));
      const added = own.map((change) => ({ number: this.#ports.store.add(room, change), room, change }));
      // A room with a call in flight gets the new change when that call ends.
      const nextAt = busy ? now + PUSH.timeout : now;
      this.#backlogs.set(room, { pending: [...rest, ...added], tries: 0, nextAt, busy });
    }
    this.sendDue(now);
  }

  /** Calls the rooms whose time has come. */
  sendDue(now: number): void {
    for (const [room, backlog] of this.#backlogs) {
      if (backlog.nextAt > now) continue;
      if (backlog.busy) this.#backlogs.set(room, { ...backlog, nextAt: now + PUSH.timeout });
      else if (this.#busy < PUSH.atOnce) void this.#send(room, backlog, now);
    }
  }

  async #send(room: AgentUid, backlog: RoomBacklog, now: number): Promise<void> {
    const { pending: sent, tries } = backlog;
    this.#busy += 1;
    this.#backlogs.set(room, { ...backlog, nextAt: now + PUSH.timeout, busy: true });
    const knows = await this.#ports.send(
      room,
      sent.map(({ change }) => change),
    );
    this.#busy -= 1;
    const then = this.#ports.now();
    const { pending } = this.#backlogs.get(room) ?? EMPTY_BACKLOG;
    if (knows) this.#acknowledged(room, sent, pending, then);
    else
      this.#backlogs.set(room, {
        pending,
        tries: tries + 1,
        nextAt: then + backoff(tries + 1),
        busy: false,
      });
    this.sendDue(then);
    this.#ports.onDeadlineChange();
  }

  #acknowledged(
    room: AgentUid,
    sent: readonly PendingPush[],
    pending: readonly PendingPush[],
    now: number,
  ): void {
    const numbers = new Set(sent.map(({ number }) => number));
    this.#ports.store.drop([...numbers]);
    const rest = pending.filter(({ number }) => !numbers.has(number));
    if (rest.length === 0) this.#backlogs.delete(room);
    else this.#backlogs.set(room, { ...EMPTY_BACKLOG, pending: rest, nextAt: now });
  }
}
