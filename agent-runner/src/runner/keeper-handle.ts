import type { AgentUid, ProgramState } from '@muster/protocol';
import { ControlClient } from '../control/client.ts';
import type { ControlDone } from '../control/messages.ts';
import { controlPath } from '../control/paths.ts';
import type { AgentDirectory, DataDirectory } from '../host/files.ts';
import type { Log } from '../host/log.ts';
import { endOrphanedProcessesOf } from '../keeper/orphaned-processes.ts';
import type { SpawnKeeper } from './spawn-keeper.ts';

/** A new keeper answers within this, also when it first has to end what a dead one left, ms. */
const ANSWER_TIMEOUT_MS = 15_000;
const POLL_INTERVAL_MS = 20;
/** Waits before a keeper that died is replaced: at once, then slower while they die in a row, ms. */
const RESPAWN_MS = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const LONGEST_RESPAWN_MS = 30_000;
/** A keeper that lived so long starts the row anew, ms. */
const STEADY_MS = 60_000;
/** A keeper that was asked to end and is to be gone soon is forced after this, ms. */
const END_TIMEOUT_MS = 2_500;

export interface HandleDeps {
  readonly data: DataDirectory;
  readonly spawn: SpawnKeeper;
  readonly log: Log;
  /** Whether it lives and has its room. */
  readonly healthy: (agentUid: AgentUid, healthy: boolean) => void;
  /** Its keeper archived it and went: the agent is not on this host any more. */
  readonly onRemoved: (agentUid: AgentUid) => void;
}
type Ask = Parameters<ControlClient['ask']>[0];

/** One agent's keeper as its runner sees it: found or started, watched, replaced when it dies (P3, P4). */
export class KeeperHandle {
  readonly agentUid: AgentUid;
  readonly #deps: HandleDeps;
  readonly #directory: AgentDirectory;
  #client: ControlClient | null = null;
  #linked = false;
  #wasLinked = false;
  #upSince = 0;
  #deaths = 0;
  #respawn: NodeJS.Timeout | undefined;
  /** True while its end is wanted, or the runner leaves it be. */
  #isDetached = false;

  constructor(agentUid: AgentUid, deps: HandleDeps) {
    this.agentUid = agentUid;
    this.#deps = deps;
    this.#directory = deps.data.agent(agentUid);
  }

  get healthy(): boolean {
    return this.#client !== null && this.#linked;
  }

  /** Whether the keeper is linked to its room; null: it has not been linked yet. */
  get link(): boolean | null {
    return this.#wasLinked ? this.healthy : null;
  }

  /** Adopts the keeper that runs, else starts one. Resolves to how it stands; a keeper that fails is tried again later. */
  async up(options: { readonly start: boolean }): Promise<ControlDone['status']> {
    try {
      if (this.#client === null && !(await this.#connect())) {
        this.#deps.spawn(this.agentUid, options);
        await this.#awaitAnswer();
      }
      return (await this.ask({ do: 'status' })).status;
    } catch (error) {
      if (this.#client === null) this.#replace();
      throw error;
    }
  }

  async ask(request: Ask): Promise<ControlDone> {
    if (this.#client === null) throw new Error('the keeper is not up');
    return this.#client.ask(request);
  }

  /** Ends the keeper, its program, and what a dead keeper left. */
  async end(reason: string, options: { readonly soon: boolean }): Promise<void> {
    this.detach();
    const client = this.#client ?? ((await this.#connect()) ? this.#client : null);
    if (client !== null) {
      const timer = options.soon
        ? setTimeout(
            () => void client.ask({ do: 'stop', force: true, reason }).catch(() => {}),
            END_TIMEOUT_MS,
          )
        : undefined;
      const done = await client.ask({ do: 'stop', force: false, reason }).catch(() => null);
      clearTimeout(timer);
      await this.#awaitClose(client);
      if (done !== null) await awaitEnd(done.status.pid);
    }
    await endOrphanedProcessesOf(this.#directory);
    this.#directory.remove('program.json');
  }

  /** The runner does not look after it any more; the keeper goes on. */
  detach(): void {
    this.#isDetached = true;
    clearTimeout(this.#respawn);
  }

  disconnect(): void {
    this.detach();
    this.#client?.close();
  }

  async #connect(): Promise<boolean> {
    const path = controlPath(this.#deps.data.path, this.agentUid);
    let changed = false;
    const client: ControlClient | null = await ControlClient.open(path, {
      linked: (linked) => {
        changed = true;
        this.#setLinked(linked);
      },
      closed: () => this.#closed(),
    });
    if (client === null) return false;
    this.#client = client;
    this.#upSince = performance.now();
    void client.ask({ do: 'status' }).then(
      // A change reported meanwhile is newer than this answer.
      ({ status }) => {
        if (!changed) this.#setLinked(status.linked);
      },
      () => {},
    );
    return true;
  }

  async #awaitAnswer(): Promise<void> {
    const until = performance.now() + ANSWER_TIMEOUT_MS;
    while (performance.now() < until) {
      if (await this.#connect()) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
    throw new Error(`the keeper of ${this.agentUid} does not answer; see ${this.#directory.log}`);
  }

  async #awaitClose(client: ControlClient): Promise<void> {
    while (this.#client === client) await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }

  #setLinked(linked: boolean): void {
    const before = this.healthy;
    this.#linked = linked;
    this.#wasLinked ||= linked;
    if (before !== this.healthy) this.#deps.healthy(this.agentUid, this.healthy);
  }

  #closed(): void {
    if (this.healthy) this.#deps.healthy(this.agentUid, false);
    this.#client = null;
    this.#linked = false;
    if (performance.now() - this.#upSince >= STEADY_MS) this.#deaths = 0;
    this.#replace();
  }

  /** P4: a new keeper ends what the dead one left, and says so. */
  #replace(): void {
    clearTimeout(this.#respawn);
    if (this.#isDetached) return;
    if (this.#directory.placement() === null) return this.#deps.onRemoved(this.agentUid);
    const wait = RESPAWN_MS[this.#deaths] ?? LONGEST_RESPAWN_MS;
    this.#deaths += 1;
    this.#deps.log.warn({ agentUid: this.agentUid, wait }, 'a keeper is not there; it is replaced');
    this.#respawn = setTimeout(() => {
      const start = this.#directory.placement()?.spec.autostart ?? false;
      this.up({ start }).catch((error: unknown) => {
        this.#deps.log.error({ agentUid: this.agentUid, err: error }, 'a keeper did not come up');
      });
    }, wait);
  }
}

/** Resolves when the process is gone, or will not go in time. */
async function awaitEnd(pid: number): Promise<void> {
  const until = performance.now() + END_TIMEOUT_MS;
  while (isAlive(pid) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What `agent:placed` tells of a program that runs. */
export function runningFacts({ pid, startedAt }: ProgramState): { pid?: number; startedAt?: number } {
  return pid === undefined || startedAt === undefined ? {} : { pid, startedAt };
}
