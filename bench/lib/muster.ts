import { rmSync } from 'node:fs';
import type { MusterClient } from '@muster/client';
import { createAgent } from '../../test/harness/agents.ts';
import { Muster } from '../../test/harness/muster.ts';
import { killAll } from '../../test/harness/survivors.ts';
import { openClient } from '../../test/harness/viewer.ts';
import type { Via } from '../lines/via.ts';

const TERMINAL = { cols: 120, rows: 40 };
export const MUSTER = { id: 'muster', name: 'Muster' };

const running = new Set<Muster>();

/** For the last moment: as `killChildren`. */
export function killMusters(): void {
  for (const { tag, directory } of running) {
    killAll(tag);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

export type Program = readonly [string, ...string[]];

/** `npm start`'s own server on an empty data directory, and a client that makes agents there. */
export class Bench implements AsyncDisposable {
  readonly muster: Muster;
  readonly #client: MusterClient;
  #agents = 0;

  private constructor(muster: Muster) {
    this.muster = muster;
    this.#client = openClient(muster);
  }

  static async start(): Promise<Bench> {
    const muster = new Muster({});
    running.add(muster);
    return new Bench(await muster.start());
  }

  /** Runs a program as an agent of its own, for as long as `use` takes. */
  async withAgent<T>(program: Program, how: 'terminal' | 'pipes', use: (via: Via) => Promise<T>): Promise<T> {
    this.#agents += 1;
    const agentId = `bench-${this.#agents}`;
    const terminal = how === 'terminal' ? { terminal: TERMINAL } : {};
    await createAgent(this.#client, this.muster, { agentId, program, ...terminal });
    try {
      const { team } = this.muster.ready;
      return await use({ kind: 'muster', url: this.muster.url, team, token: this.muster.token, agentId });
    } finally {
      await this.#client.request('agent:terminate', { agentId, force: true }).catch(() => undefined);
      await this.#client.request('agent:delete', { agentId });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.muster.stop();
    await this.muster[Symbol.asyncDispose]();
    running.delete(this.muster);
  }
}
