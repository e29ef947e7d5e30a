import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const BENCH = join(import.meta.dirname, '..');
const TAIL_CHARACTERS = 4_000;
/** For a peer to say that it is ready, ms. */
const READY_MS = 30_000;
/** After SIGTERM, ms. */
const GRACE_MS = 3_000;

const living = new Set<ChildProcess>();

/** For the last moment: nothing that was started here is left. */
export function killChildren(): void {
  for (const child of living) child.kill('SIGKILL');
}

class Failure extends Error {}

/** A program of its own whose stdin is held open: it ends when this process does. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  #stderr = '';

  constructor(name: string, command: string, args: readonly string[]) {
    this.#name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    living.add(this.#child);
    this.#child.on('error', (error) => this.#collect(error.message));
    this.#child.on('close', () => living.delete(this.#child));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#collect(chunk.toString('utf8')));
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  #collect(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-TAIL_CHARACTERS);
  }

  /** What `find` makes of the first line of either output that it makes something of. */
  async line<T>(find: (line: string) => T | null, withinMs: number): Promise<T> {
    const found = Promise.withResolvers<T>();
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        const value = find(line);
        if (value !== null) found.resolve(value);
      });
    }
    const fail = (why: string) => found.reject(new Failure(`${this.#name} ${why}\n${this.#stderr}`));
    const timer = setTimeout(() => fail(`took longer than ${withinMs} ms`), withinMs);
    this.#child.on('close', () => fail('ended'));
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!living.has(this.#child)) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await closed;
    clearTimeout(timer);
  }
}

/** Starts a script of this folder; its options are its one argument. */
export function startScript(script: string, options: unknown): Program {
  return new Program(script, process.execPath, [join(BENCH, script), JSON.stringify(options)]);
}

const parsed =
  <T>(schema: z.ZodType<T>) =>
  (line: string): T | null =>
    line.startsWith('{') ? schema.parse(JSON.parse(line)) : null;

const ReadySchema = z.object({ port: z.number() });

/** Starts a server of this folder; resolves when it says its port. */
export async function startServer(script: string, options: unknown = {}) {
  const program = startScript(script, options);
  try {
    const { port } = await program.line(parsed(ReadySchema), READY_MS);
    return { program, port };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a script of this folder up to its one line of JSON. */
export async function runScript<T>(
  script: string,
  options: unknown,
  schema: z.ZodType<T>,
  withinMs: number,
): Promise<T> {
  await using program = startScript(script, options);
  return await program.line(parsed(schema), withinMs);
}
