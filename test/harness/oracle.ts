import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { findNode } from '../../scripts/lib/node.mjs';
import type { Muster } from './muster.ts';
import { programFile } from './program-file.ts';
import { until } from './until.ts';

const PROGRAM = programFile('printer.mjs');

const OracleSchema = z.object({
  bytes: z.number(),
  sha256: z.string(),
  /** How long it took to print it all. */
  ms: z.number(),
  /** SHA-256 of each piece, where pieces were asked for. */
  pieces: z.array(z.string()),
});

export interface Printing {
  /** Bytes a second; absent: as fast as it can. */
  readonly rate?: number;
  /** Bytes of one piece that gets a SHA-256 of its own. */
  readonly piece?: number;
  /** A file that gets all that is printed. */
  readonly copy?: string;
}

/** A program that prints so many bytes and writes down what they were. */
export class Printer {
  readonly program: readonly [string, ...string[]];
  readonly #file: string;

  constructor(muster: Muster, bytes: number, printing: Printing = {}) {
    this.#file = join(muster.directory, `${randomUUID()}.oracle`);
    const flags = Object.entries(printing).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.program = [findNode(), PROGRAM, '--bytes', String(bytes), '--oracle', this.#file, ...flags];
  }

  get isDone(): boolean {
    return existsSync(this.#file);
  }

  /** Resolves to the output's summary once all was printed; waits at most so long, ms. */
  async printed(withinMs: number): Promise<z.infer<typeof OracleSchema>> {
    await until('the program has printed it all', withinMs, () => this.isDone);
    return OracleSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
  }
}
