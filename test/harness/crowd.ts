import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { findNode } from '../../scripts/lib/node.mjs';
import type { Muster } from './muster.ts';
import { programFile } from './program-file.ts';
import { TAG } from './survivors.ts';

export const CrowdConfigSchema = z.object({
  url: z.string(),
  team: z.string(),
  /** The members whose viewers they are, in turn. */
  tokens: z.array(z.string()),
  agentIds: z.array(z.string()),
  viewers: z.number(),
});
export const CrowdAskSchema = z.object({ id: z.number() });

/** Since the last question, but for `connected`, `strangers` and `gaps`. */
const SeenSchema = z.object({
  id: z.number(),
  connected: z.number(),
  frames: z.number(),
  /** How late 99 % of all frames were at most, ms. */
  p99: z.number(),
  /** Frames of another room. */
  strangers: z.number(),
  gaps: z.number(),
  /** When each viewer connected, ms since 1970. */
  back: z.array(z.number()),
});
export type CrowdSeen = z.infer<typeof SeenSchema>;

const PROGRAM = programFile('crowd.ts');

/** Many viewers in a process of their own. Use with `await using`. */
export class Crowd implements AsyncDisposable {
  readonly viewers: number;
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, (seen: CrowdSeen) => void>();
  #asks = 0;

  /** `url`: what they dial; `tokens`: of their members, in turn. */
  constructor(
    muster: Muster,
    url: string,
    tokens: readonly string[],
    agentIds: readonly string[],
    viewers: number,
  ) {
    this.viewers = viewers;
    const config = { url, team: muster.ready.team, tokens, agentIds, viewers };
    this.#process = fork(PROGRAM, [JSON.stringify(config)], {
      execPath: findNode(),
      execArgv: [],
      env: { ...process.env, [TAG]: muster.tag, NODE_NO_WARNINGS: '1' },
    });
    this.#process.on('message', (message) => {
      const seen = SeenSchema.parse(message);
      this.#asked.get(seen.id)?.(seen);
    });
  }

  ask(): Promise<CrowdSeen> {
    this.#asks += 1;
    const id = this.#asks;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#process.send({ id });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
