import type { AgentUid } from '@muster/protocol';
import type { StandingChange } from '../../auth/claims.ts';
import { LOBBY } from '../core/limits.ts';

/** An alarm that was due long ago, ms. */
const AT_ONCE = 1;

const PUSH = {
  /** Rooms that are told at the same time. */
  atOnce: 64,
  /** How long a room may take before it is looked after again, ms. */
  timeout: 5_000,
} as const;

/** What one room may not know yet. */
export interface Pending {
  readonly number: number;
  readonly room: AgentUid;
  readonly change: StandingChange;
}

/** What some rooms may not know yet. Synchronous. */
export interface PushStore {
  /** Oldest first. */
  pending(): Pending[];
  /** Returns its number. */
  add(room: AgentUid, change: StandingChange): number;
  drop(numbers: readonly number[]): void;
}

export interface PushPorts {
  readonly store: PushStore;
  /** False: the room could not be reached. Idempotent. */
  readonly tell: (room: AgentUid, changes: readonly StandingChange[]) => Promise<boolean>;
  /** `due` may be another. */
  readonly stepped: () => void;
  readonly now: () => number;
}

interface Behind {
  readonly pending: readonly Pending[];
  readonly tries: number;
  /** ms. */
  readonly nextAt: number;
  readonly busy: boolean;
}

const UP_TO_DATE: Behind = { pending: [], tries: 0, nextAt: AT_ONCE, busy: false };

/** Whom a change is about: a newer one about the same takes its place. */
const aboutOf = ({ who }: StandingChange): string => JSON.stringify(who);

/**
 * X5: a room is told of each change that concerns it, until it has said that it knows. A room that cannot be reached is
 * told again after 1, 2, 4 … 30 s, over resets too.
 */
export class StandingPushes {
  readonly #ports: PushPorts;
  readonly #behind = new Map<AgentUid, Behind>();
  #busy = 0;

  constructor(ports: PushPorts) {
    this.#ports = ports;
    for (const one of ports.store.pending()) {
      const { pending } = this.#behind.get(one.room) ?? UP_TO_DATE;
      this.#behind.set(one.room, { ...UP_TO_DATE, pending: [...pending, one] });
    }
  }

  /** H2: when `run` is to be called, ms; null: every room knows all. */
  get due(): number | null {
    const full = this.#busy >= PUSH.atOnce;
    // Those that wait for their turn get it when another is done.
    const awaited = [...this.#behind.values()].filter(({ busy }) => busy || !full);
    return awaited.length === 0 ? null : Math.min(...awaited.map(({ nextAt }) => nextAt));
  }

  /** In the transaction of the changes: what each room is to know, the first room first. */
  push(changes: ReadonlyMap<AgentUid, readonly StandingChange[]>, now: number): void {
    for (const [room, own] of changes) {
      const { busy, pending } = this.#behind.get(room) ?? UP_TO_DATE;
      const about = new Set(own.map(aboutOf));
      const old = pending.filter(({ change }) => about.has(aboutOf(change)));
      this.#ports.store.drop(old.map(({ number }) => number));
      const rest = pending.filter((one) => !old.includes(one));
      const added = own.map((change) => ({ number: this.#ports.store.add(room, change), room, change }));
      // One that is being told of an earlier change is told again when that is done.
      const nextAt = busy ? now + PUSH.timeout : now;
      this.#behind.set(room, { pending: [...rest, ...added], tries: 0, nextAt, busy });
    }
    this.run(now);
  }

  /** Tells those whose time has come. */
  run(now: number): void {
    for (const [room, behind] of this.#behind) {
      if (behind.nextAt > now) continue;
      if (behind.busy) this.#behind.set(room, { ...behind, nextAt: now + PUSH.timeout });
      else if (this.#busy < PUSH.atOnce) void this.#tell(room, behind, now);
    }
  }

  async #tell(room: AgentUid, behind: Behind, now: number): Promise<void> {
    const { pending: told, tries } = behind;
    this.#busy += 1;
    this.#behind.set(room, { ...behind, nextAt: now + PUSH.timeout, busy: true });
    const knows = await this.#ports.tell(
      room,
      told.map(({ change }) => change),
    );
    this.#busy -= 1;
    const then = this.#ports.now();
    const { pending } = this.#behind.get(room) ?? UP_TO_DATE;
    if (knows) this.#knows(room, told, pending, then);
    else {
      const pause = LOBBY.errandRetries[Math.min(tries, LOBBY.errandRetries.length - 1)] ?? PUSH.timeout;
      this.#behind.set(room, { pending, tries: tries + 1, nextAt: then + pause, busy: false });
    }
    this.run(then);
    this.#ports.stepped();
  }

  #knows(room: AgentUid, told: readonly Pending[], pending: readonly Pending[], now: number): void {
    const numbers = new Set(told.map(({ number }) => number));
    this.#ports.store.drop([...numbers]);
    const rest = pending.filter(({ number }) => !numbers.has(number));
    if (rest.length === 0) this.#behind.delete(room);
    else this.#behind.set(room, { ...UP_TO_DATE, pending: rest, nextAt: now });
  }
}
