import { writeSync } from 'node:fs';
import * as z from 'zod';

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 } as const;
type Level = keyof typeof LEVELS;
type Fields = Readonly<Record<string, unknown>>;

const LevelSchema = z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).catch('info');
const STDERR = 2;

/** One line of JSON an event, in pino's format. pino itself costs every keeper 1 to 3 MB (F11). */
export class Log {
  readonly #least: Level;
  readonly #own: Fields;
  readonly #write: (line: string) => void;

  constructor(least: Level, own: Fields, write: (line: string) => void) {
    this.#least = least;
    this.#own = own;
    this.#write = write;
  }

  /** One that says this of every event too. */
  child(fields: Fields): Log {
    return new Log(this.#least, { ...this.#own, ...fields }, this.#write);
  }

  info(fields: Fields, message: string): void {
    this.#writeLine('info', fields, message);
  }

  warn(fields: Fields, message: string): void {
    this.#writeLine('warn', fields, message);
  }

  error(fields: Fields, message: string): void {
    this.#writeLine('error', fields, message);
  }

  fatal(fields: Fields, message: string): void {
    this.#writeLine('fatal', fields, message);
  }

  #writeLine(level: Level, { err, ...fields }: Fields, msg: string): void {
    if (LEVELS[level] < LEVELS[this.#least]) return;
    const error = err === undefined ? {} : { err: told(err) };
    const line = { level: LEVELS[level], time: Date.now(), ...this.#own, ...fields, ...error, msg };
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

/** Writes the level that MUSTER_LOG names and above to stderr. A failed write is ignored. */
export function openLog(): Log {
  const level = LevelSchema.parse(process.env['MUSTER_LOG']);
  return new Log(level, { pid: process.pid }, (line) => {
    try {
      writeSync(STDERR, line);
    } catch {}
  });
}

const told = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, message: error.message, stack: error.stack }
    : { message: String(error) };
