/** An object's billed work since its isolate started, over all its hibernations. */
export interface Usage {
  /** How often its constructor ran: once more after each hibernation. */
  readonly starts: number;
  /** WebSocket messages that woke it or found it awake; a bare `ping` does neither. */
  readonly messages: number;
  readonly alarms: number;
  /** As SQLite's cursors count them, and one for each setting of the alarm. */
  readonly rowsWritten: number;
}

/** Objects of one isolate that are remembered; beyond it the one that started longest ago is forgotten. */
const REMEMBERED = 1_000;

/** Counts for one object. */
export class Meter {
  #starts = 0;
  #messages = 0;
  #alarms = 0;
  #rowsWritten = 0;

  countStart(): void {
    this.#starts += 1;
  }

  countMessage(): void {
    this.#messages += 1;
  }

  countAlarm(): void {
    this.#alarms += 1;
  }

  countRows(rows: number): void {
    this.#rowsWritten += rows;
  }

  get usage(): Usage {
    return {
      starts: this.#starts,
      messages: this.#messages,
      alarms: this.#alarms,
      rowsWritten: this.#rowsWritten,
    };
  }
}

const meters = new Map<string, Meter>();

/** The meter of the object whose constructor runs now. It lives in the isolate, which outlives the object, and is never stored. */
export function meterOf(id: { toString(): string }): Meter {
  const name = id.toString();
  const meter = meters.get(name) ?? new Meter();
  meters.delete(name);
  meters.set(name, meter);
  if (meters.size > REMEMBERED) {
    const oldest = meters.keys().next();
    if (!oldest.done) meters.delete(oldest.value);
  }
  meter.countStart();
  return meter;
}
