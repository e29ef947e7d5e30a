import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { findNode } from '../../scripts/lib/node.mjs';
import type { Muster } from './muster.ts';
import { programFile } from './program-file.ts';
import { TAG } from './survivors.ts';

export const WatchConfigSchema = z.object({
  url: z.string(),
  team: z.string(),
  token: z.string(),
  agentId: z.string(),
  /** Bytes of one piece that gets a SHA-256 of its own. */
  piece: z.number().optional(),
  /** A file that gets every byte in its place, and nothing where a gap is. */
  copy: z.string().optional(),
});
type WatchOptions = Pick<z.infer<typeof WatchConfigSchema>, 'piece' | 'copy'>;

/** To the viewer's process: tell when so many bytes have come, when the program has ended, or ended so often. */
export const WatchAskSchema = z.object({
  id: z.number(),
  when: z.union([z.number(), z.literal('end'), z.object({ runs: z.number() })]),
});
type WatchAsk = z.infer<typeof WatchAskSchema>;

const SeenSchema = z.object({
  /** Of the question. */
  id: z.number(),
  bytes: z.number(),
  gaps: z.number(),
  /** Of all bytes so far. */
  sha256: z.string(),
  /** µs of processor time its process has used. */
  cpu: z.number(),
  /** SHA-256 of each piece. */
  pieces: z.array(z.string()),
  /** The output of each run of the program that has ended, and how it ended. */
  runs: z.array(z.object({ bytes: z.number(), sha256: z.string(), status: z.string() })),
  /** Behind how many bytes each gap stands, and how many it says are lost; null: the end of an epoch. */
  holes: z.array(z.object({ at: z.number(), bytes: z.number().nullable() })),
  /** Of every second: how late 99 % of its frames were at most, ms. */
  lags: z.array(z.number()),
});
export type Seen = z.infer<typeof SeenSchema>;

const PROGRAM = programFile('watch.ts');

/** A `full` viewer of one agent in a process of its own. Use with `await using`. */
export class Watch implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, PromiseWithResolvers<Seen>>();
  #asks = 0;

  /** `url`: what it dials, when that is not the server itself. */
  constructor(muster: Muster, agentId: string, options: WatchOptions & { readonly url?: string } = {}) {
    const { url, token } = muster;
    const config = { url, token, team: muster.ready.team, agentId, ...options };
    this.#process = fork(PROGRAM, [JSON.stringify(config)], {
      execPath: findNode(),
      execArgv: [],
      env: { ...process.env, [TAG]: muster.tag, NODE_NO_WARNINGS: '1' },
    });
    this.#process.on('message', (message) => {
      const seen = SeenSchema.parse(message);
      this.#asked.get(seen.id)?.resolve(seen);
    });
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`the viewer ended: ${code ?? signal}`);
      for (const { reject } of this.#asked.values()) reject(error);
    });
  }

  /** Resolves when that many bytes have come. */
  reaches(bytes: number): Promise<Seen> {
    return this.#ask(bytes);
  }

  /** Resolves when the program's end has come, which stands behind all of its output. */
  ended(): Promise<Seen> {
    return this.#ask('end');
  }

  /** Resolves when the program has ended so often. */
  runs(count: number): Promise<Seen> {
    return this.#ask({ runs: count });
  }

  /** It reads nothing and acks nothing until `resume`. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  #ask(when: WatchAsk['when']): Promise<Seen> {
    this.#asks += 1;
    const answer = Promise.withResolvers<Seen>();
    this.#asked.set(this.#asks, answer);
    this.#process.send({ id: this.#asks, when } satisfies WatchAsk);
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#asked.clear();
    this.#process.kill('SIGKILL');
    await exited;
  }
}
