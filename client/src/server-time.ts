import { ElapsedTime } from './elapsed.ts';
import { NO_CLOCK, observeTimestamp, type ServerClock, serverTime } from './sync/index.ts';

/** The server's clock, which all links of a client listen to. */
export class Clock {
  readonly #time = new ElapsedTime();
  #state: ServerClock = NO_CLOCK;

  observe(stamp: number | undefined, fresh: boolean): void {
    if (stamp !== undefined && Number.isFinite(stamp))
      this.#state = observeTimestamp(this.#state, stamp, this.#time.now(), fresh);
  }

  /** ms since 1970 by the server's clock; null until a message came. */
  get known(): number | null {
    return this.#state.ahead === null ? null : this.now;
  }

  /** ms since 1970 by the server's clock; by this machine's until a message came. */
  get now(): number {
    return serverTime(this.#state, this.#time.now(), Date.now());
  }
}
