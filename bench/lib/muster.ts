import { rmSync } from 'node:fs';
import type { MusterClient } from '@muster/client';
import { type HostId, HostIdSchema } from '@muster/protocol';
import * as z from 'zod';
import type { HostKey } from '../../agent-runner/src/host/files.ts';
import { newKey, publicHalf } from '../../agent-runner/src/host/key.ts';
import { createAgent } from '../../test/harness/agents.ts';
import { tokensOf } from '../../test/harness/members.ts';
import { Muster } from '../../test/harness/muster.ts';
import { killAll, TAG } from '../../test/harness/survivors.ts';
import { openClient } from '../../test/harness/viewer.ts';
import type { Route } from '../connections/route.ts';
import type { Load } from './load.ts';
import { startServer } from './processes.ts';

const MEMBERS = 40;
const TERMINAL = { cols: 120, rows: 40 };
export const MUSTER = { id: 'muster', name: 'Muster' };

const EnrolmentSchema = z.object({ token: z.string() });
const EnrolledSchema = z.object({ hostId: HostIdSchema });

const running = new Set<Muster>();

/** For the last moment: as `killChildren`. */
export function killMusters(): void {
  for (const { tag, directory } of running) {
    killAll(tag);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

export type How = 'pipes' | 'terminal' | { readonly cols: number; readonly rows: number };
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

  static async start(flags: readonly string[] = []): Promise<Bench> {
    const muster = new Muster({ flags });
    running.add(muster);
    return new Bench(await muster.start());
  }

  /** Runs a program as an agent of its own, for as long as `use` takes. */
  async withAgent<T>(program: Program, how: How, use: (via: Route) => Promise<T>): Promise<T> {
    const agentId = this.#newName();
    const terminal = how === 'pipes' ? {} : { terminal: how === 'terminal' ? TERMINAL : how };
    await createAgent(this.#client, this.muster, { agentId, program, ...terminal });
    return await this.#whileUsed(agentId, use);
  }

  /** The same with a coding agent, whose adapter a program is. */
  async withTalker<T>([command, ...args]: Program, use: (via: Route) => Promise<T>): Promise<T> {
    const agentId = this.#newName();
    const { directory, tag } = this.muster;
    await this.#client.request('agent:create', {
      ...{ name: agentId, agentId, kind: 'acp', program: { command, args }, workspace: directory },
      environment: { [TAG]: tag },
    });
    return await this.#whileUsed(agentId, use);
  }

  async #whileUsed<T>(agentId: string, use: (via: Route) => Promise<T>): Promise<T> {
    try {
      return await use(this.#via(agentId));
    } finally {
      await this.#client.request('agent:terminate', { agentId, force: true }).catch(() => undefined);
      await this.#client.request('agent:delete', { agentId });
    }
  }

  /** An agent on a host that stands in for a real one and sends a load, for as long as `use` takes. */
  async withStandIn<T>(load: Load, use: (via: Route) => Promise<T>): Promise<T> {
    return await this.withStandIns(1, load, (vias) => use(vias[0] ?? this.#via('')));
  }

  /** As many such agents on a host of their own; 100 is what a host may have. */
  async withStandIns<T>(agents: number, load: Load, use: (vias: readonly Route[]) => Promise<T>): Promise<T> {
    const key = newKey();
    const options = { server: this.muster.url, hostId: await this.#enrol(key), key, load };
    const { hostId } = options;
    await using host = (await startServer('peers/stand-in.ts', options)).program;
    void host;
    const names = Array.from({ length: agents }, () => this.#newName());
    for (const name of names)
      await this.#client.request('agent:create', { name, agentId: name, hostId, kind: 'echo' });
    try {
      return await use(names.map((name) => this.#via(name)));
    } finally {
      for (const agentId of names) await this.#client.request('agent:delete', { agentId });
    }
  }

  async #enrol(key: HostKey): Promise<HostId> {
    const { url, token } = this.muster;
    const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const json = { 'content-type': 'application/json', ...headers };
      const init = { method: 'POST', headers: json, body: JSON.stringify(body) };
      const response = await fetch(new URL(path, url), init);
      return await response.json();
    };
    const asked = await post('/api/hosts/enrolment', {}, { authorization: `Bearer ${token}` });
    const once = EnrolmentSchema.parse(asked).token;
    const host = { token: once, name: 'stand-in', publicKey: publicHalf(key) };
    return EnrolledSchema.parse(await post('/api/hosts', host)).hostId;
  }

  /** Tokens of many people beside the owner: enough for thousands of sockets a minute (L). */
  members(): Promise<string[]> {
    return tokensOf(this.muster, MEMBERS, 'operator');
  }

  /** The same way to an agent, for a crowd. */
  async crowd(via: Route): Promise<Route> {
    return via.kind === 'muster' ? { ...via, tokens: await this.members() } : via;
  }

  #newName(): string {
    this.#agents += 1;
    return `bench-${this.#agents}`;
  }

  #via(agentId: string): Route {
    const { url, token, ready } = this.muster;
    return { kind: 'muster', url, team: ready.team, token, agentId };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.muster.stop();
    await this.muster[Symbol.asyncDispose]();
    running.delete(this.muster);
  }
}
