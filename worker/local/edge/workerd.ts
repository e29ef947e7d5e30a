import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { identify, type ProcessRef } from '../processes.ts';
import { SOCKET } from './config.ts';

/** Its package names the program for this machine. */
const { default: WORKERD } = z
  .object({ default: z.string() })
  .parse(createRequire(import.meta.url)('workerd'));

/** The messages on workerd's control descriptor. */
const ListeningSchema = z.object({ event: z.literal('listen'), socket: z.literal(SOCKET) });
const CONTROL = 3;
/** Lines of its last output, for the error when it does not start. */
const TAIL = 20;

export interface WorkerdOptions {
  /** A configuration file with a constant `config`. */
  readonly config: string;
  /** The port on which a debugger finds the Workers; null: none does. */
  readonly inspect: number | null;
  /** One line of its output. */
  log(line: string): void;
  /** It was started; the process is known, and can be ended. */
  started(process: ProcessRef): void;
}

/** One process of the runtime. */
export class Workerd {
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;

  constructor({ config, inspect, log, started }: WorkerdOptions) {
    // On a socket file, which would be private, workerd waits for ever for the inspector's port.
    const debug = inspect === null ? [] : [`--inspector-addr=127.0.0.1:${inspect}`];
    const args = ['serve', '--experimental', `--control-fd=${CONTROL}`, ...debug, config, 'config'];
    this.#child = spawn(WORKERD, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC' },
    });
    this.ended = once(this.#child, 'close').then(
      () => undefined,
      () => undefined,
    );
    const keepLine = (line: string) => {
      this.#tail.push(line);
      if (this.#tail.length > TAIL) this.#tail.shift();
      log(line);
    };
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', keepLine);
    }
    const ref = this.#child.pid === undefined ? null : identify(this.#child.pid);
    if (ref !== null) started(ref);
  }

  /** Resolves when its socket listens. @throws Error with what it said, when it ends before */
  async listening(): Promise<void> {
    const control = this.#child.stdio[CONTROL];
    if (!(control instanceof Readable)) throw new Error('the runtime has no control descriptor');
    const listening = new Promise<void>((resolve) => {
      createInterface({ input: control }).on('line', (line) => {
        if (ListeningSchema.safeParse(JSON.parse(line)).success) resolve();
      });
    });
    const ended = this.ended.then(() => {
      throw new Error(`the server did not start:\n${this.#tail.join('\n')}`);
    });
    await Promise.race([listening, ended]);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
