import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const TAIL_BYTES = 16_384;

/** A started program whose lines can be waited for. */
export class Child {
  readonly #process: ChildProcess;
  readonly #stdout: string[] = [];
  readonly #exit: Promise<unknown>;
  #stderr = '';

  constructor(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.#process = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#process, 'close');
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-TAIL_BYTES);
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the program did not start');
    return pid;
  }

  /** Whole lines of its standard output so far, once `firstLine` was asked for. */
  get stdout(): readonly string[] {
    return this.#stdout;
  }

  /** The end of what it said on stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Its first line on stdout that satisfies the test. Rejects with what it said when it ends before. */
  async line(test: (line: string) => boolean): Promise<string> {
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('no standard output');
    const found = Promise.withResolvers<string>();
    createInterface({ input: stdout }).on('line', (line) => {
      this.#stdout.push(line);
      if (test(line)) found.resolve(line);
    });
    const ended = this.#exit.then(() => {
      throw new Error(`ended before it was ready:\n${this.#stdout.join('\n')}\n${this.#stderr}`);
    });
    return Promise.race([found.promise, ended]);
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Resolves to its exit code, null after a signal. */
  async ended(): Promise<number | null> {
    await this.#exit;
    return this.#process.exitCode;
  }
}
