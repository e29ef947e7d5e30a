import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { z } from 'zod';
import { findNode } from '../../scripts/lib/node.mjs';
import type { Muster } from './muster.ts';

const PROGRAM = join(import.meta.dirname, 'programs', 'printer.mjs');

const OracleSchema = z.object({
  bytes: z.number(),
  sha256: z.string(),
  /** How long it took to print it all. */
  ms: z.number(),
});

/** A program that prints so many bytes and writes down what they were. */
export class Printer {
  readonly program: readonly [string, ...string[]];
  readonly #file: string;

  /** `rate`: bytes a second; absent: as fast as it can. */
  constructor(muster: Muster, bytes: number, rate?: number) {
    this.#file = join(muster.directory, `${randomUUID()}.oracle`);
    const pace = rate === undefined ? [] : ['--rate', String(rate)];
    this.program = [findNode(), PROGRAM, '--bytes', String(bytes), '--oracle', this.#file, ...pace];
  }

  get isDone(): boolean {
    return existsSync(this.#file);
  }

  /** What it printed, once it has printed it all; waits for that at most so long, ms. */
  async printed(withinMs: number): Promise<z.infer<typeof OracleSchema>> {
    await vi.waitFor(() => readFileSync(this.#file), { timeout: withinMs, interval: 20 });
    return OracleSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
  }
}
