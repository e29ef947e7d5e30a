import type { Meter } from '../usage.ts';

export type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;

/**
 * H2: the one alarm of an object. Each setting, later or to none, is a row written and a wait for the disk, so one that
 * rings too early is left to ring: its handler sets the next. A crowd that leaves a thousand rooms and comes back writes
 * none.
 */
export class Alarm {
  readonly #storage: AlarmStorage;
  readonly #meter: Pick<Meter, 'countRows'>;
  #at: number | null = null;
  #firing = false;

  constructor(storage: AlarmStorage, meter: Pick<Meter, 'countRows'>) {
    this.#storage = storage;
    this.#meter = meter;
  }

  /** ms since 1970; null: not set. */
  get at(): number | null {
    return this.#at;
  }

  /** Once, before anything else happens in the object (`blockConcurrencyWhile`). */
  async load(): Promise<void> {
    this.#at = await this.#storage.getAlarm();
  }

  /** In `alarm()`: the platform has used it up. What is still to come is known when the work is done. */
  fire(work: () => void): void {
    this.#at = null;
    this.#firing = true;
    work();
    this.#firing = false;
  }

  /** Rings at `at` or before; null: need not. The write joins the event's own transaction, and the output gate holds for it. */
  set(at: number | null): void {
    if (this.#firing || at === null || (this.#at !== null && this.#at <= at)) return;
    this.#at = at;
    this.#meter.countRows(1);
    void this.#storage.setAlarm(at);
  }

  /** Of an object that is no longer anything. */
  clear(): void {
    this.#at = null;
    this.#meter.countRows(1);
    void this.#storage.deleteAlarm();
  }
}
