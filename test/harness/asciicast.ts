/**
 * A reader of asciicast v2 that takes nothing but what its specification says (docs.asciinema.org, "asciicast v2"). It
 * shares no code with what writes them.
 */
export interface Cast {
  readonly width: number;
  readonly height: number;
  /** s since 1970. */
  readonly timestamp: number;
  readonly events: readonly CastEvent[];
}

export interface CastEvent {
  /** s. */
  readonly time: number;
  readonly code: 'o' | 'i' | 'm' | 'r';
  readonly data: string;
}

const CODES = ['o', 'i', 'm', 'r'] as const;

/** @throws Error that names the line and what it breaks */
export function readCast(bytes: Uint8Array): Cast {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no newline');
  const [head, ...rest] = lines.map((line): unknown => JSON.parse(line));
  let before = 0;
  const events = rest.map((value, index) => {
    const event = readEvent(value, index + 2);
    if (event.time < before) throw new Error(`line ${index + 2}: goes back in time`);
    before = event.time;
    return event;
  });
  return { ...readHeader(head), events };
}

function readHeader(value: unknown): Omit<Cast, 'events'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('line 1: is no object');
  const fields = new Map<string, unknown>(Object.entries(value));
  if (fields.get('version') !== 2) throw new Error('line 1: version is not 2');
  const whole = (name: string): number => {
    const number = fields.get(name);
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1)
      throw new Error(`line 1: ${name} is no whole number`);
    return number;
  };
  return { width: whole('width'), height: whole('height'), timestamp: whole('timestamp') };
}

function readEvent(value: unknown, line: number): CastEvent {
  const wrong = (what: string) => new Error(`line ${line}: ${what}`);
  if (!Array.isArray(value) || value.length !== 3) throw wrong('is no array of three');
  const [time, said, data]: unknown[] = value;
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) throw wrong('its time is no number');
  const code = CODES.find((known) => known === said);
  if (code === undefined) throw wrong(`its code ${JSON.stringify(said)} is not known`);
  if (typeof data !== 'string') throw wrong('its data is no text');
  if (code === 'r' && !/^[1-9]\d*x[1-9]\d*$/.test(data)) throw wrong('is no size');
  return { time, code, data };
}
