import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { findNode } from '../../scripts/lib/node.mjs';
import type { Muster } from './muster.ts';
import { TAG } from './survivors.ts';

export const WatchConfigSchema = z.object({
  url: z.string(),
  team: z.string(),
  token: z.string(),
  agentId: z.string(),
});

/** To the viewer's process: tell when so many bytes have come, or when the program has ended. */
export const WatchAskSchema = z.object({ id: z.number(), when: z.union([z.number(), z.literal('end')]) });
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
});
export type Seen = z.infer<typeof SeenSchema>;

const PROGRAM = join(import.meta.dirname, 'programs', 'watch.ts');

/** A `full` viewer of one agent in a process of its own. Use with `await using`. */
export class Watch implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, PromiseWithResolvers<Seen>>();
  #asks = 0;

  constructor(muster: Muster, agentId: string) {
    const { url, token } = muster;
    const config = { url, token, team: muster.ready.team, agentId };
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
