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

/** What some room may not know yet, and which. Synchronous. */
export interface PushStore {
  changes(): StandingChange[];
  addChanges(changes: readonly StandingChange[]): void;
  behind(): AgentUid[];
  addBehind(rooms: readonly AgentUid[]): void;
  dropBehind(room: AgentUid): void;
  /** Every room knows all. */
  dropChanges(): void;
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
  readonly tries: number;
  /** ms. */
  readonly nextAt: number;
  readonly busy: boolean;
}

/**
 * X5: every room of the team is told of each change, until it has said that it knows. A room that cannot be reached is
 * told again after 1, 2, 4 … 30 s, over resets too.
 */
export class StandingPushes {
  readonly #ports: PushPorts;
  readonly #behind: Map<AgentUid, Behind>;
  #changes: readonly StandingChange[];
  #busy = 0;

  constructor(ports: PushPorts) {
    this.#ports = ports;
    this.#changes = ports.store.changes();
    this.#behind = new Map(
      ports.store.behind().map((room) => [room, { tries: 0, nextAt: AT_ONCE, busy: false }]),
    );
  }

  /** H2: when `run` is to be called, ms; null: every room knows all. */
  get due(): number | null {
    const full = this.#busy >= PUSH.atOnce;
    // Those that wait for their turn get it when another is done.
    const awaited = [...this.#behind.values()].filter(({ busy }) => busy || !full);
    return awaited.length === 0 ? null : Math.min(...awaited.map(({ nextAt }) => nextAt));
  }

  /** In the transaction of the change. `rooms`: all of the team, the first first. */
  push(changes: readonly StandingChange[], rooms: readonly AgentUid[], now: number): void {
    if (rooms.length === 0) return;
    this.#changes = [...this.#changes, ...changes];
    this.#ports.store.addChanges(changes);
    this.#ports.store.addBehind(rooms.filter((room) => !this.#behind.has(room)));
    // One that is being told of an earlier change is told again when that is done.
    for (const room of rooms) {
      const busy = this.#behind.get(room)?.busy ?? false;
      this.#behind.set(room, { tries: 0, nextAt: busy ? now + PUSH.timeout : now, busy });
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

  async #tell(room: AgentUid, { tries }: Behind, now: number): Promise<void> {
    const told = this.#changes;
    this.#busy += 1;
    this.#behind.set(room, { tries, nextAt: now + PUSH.timeout, busy: true });
    const knows = await this.#ports.tell(room, told);
    this.#busy -= 1;
    const then = this.#ports.now();
    if (!knows) {
      const pause = LOBBY.errandRetries[Math.min(tries, LOBBY.errandRetries.length - 1)] ?? PUSH.timeout;
      this.#behind.set(room, { tries: tries + 1, nextAt: then + pause, busy: false });
    } else if (told === this.#changes) this.#knows(room);
    else this.#behind.set(room, { tries: 0, nextAt: then, busy: false });
    this.run(then);
    this.#ports.stepped();
  }

  #knows(room: AgentUid): void {
    this.#behind.delete(room);
    this.#ports.store.dropBehind(room);
    if (this.#behind.size > 0) return;
    this.#changes = [];
    this.#ports.store.dropChanges();
  }
}
