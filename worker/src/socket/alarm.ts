import type { Meter } from '../usage.ts';

/** H2: the earliest of an object's named duties (ms since 1970), or null when there is none. */
export function earliest(duties: Readonly<Record<string, number | null>>): number | null {
  let first: number | null = null;
  for (const at of Object.values(duties)) {
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

export type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;

/** H2: the one alarm of an object. Each setting is a row written, so it is set only when it changes. */
export class Alarm {
  readonly #storage: AlarmStorage;
  readonly #meter: Pick<Meter, 'wrote'>;
  #at: number | null = null;

  constructor(storage: AlarmStorage, meter: Pick<Meter, 'wrote'>) {
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

  /** First thing in `alarm()`: the platform has used it up. */
  fired(): void {
    this.#at = null;
  }

  /** The write joins the event's own transaction; the output gate holds for it as for any other. */
  set(at: number | null): void {
    if (at === this.#at) return;
    this.#at = at;
    this.#meter.wrote(1);
    void (at === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(at));
  }
}
