import type { AgentUid } from '@muster/protocol';
import { ControlClient } from '../control/client.ts';
import type { ControlDone, KeeperStatus } from '../control/messages.ts';
import { controlPath } from '../control/paths.ts';
import type { DataDirectory } from '../host/files.ts';
import { endOrphanedProcessesOf } from '../keeper/orphaned-processes.ts';
import type { SpawnKeeper } from './spawn-keeper.ts';

/** A new keeper answers within this, also when it first has to end what a dead one left, ms. */
const ANSWER_TIMEOUT_MS = 15_000;
const POLL_INTERVAL_MS = 20;
/** A keeper that was asked to end and is to be gone soon is forced after this, ms. */
const END_TIMEOUT_MS = 2_500;

export interface KeepersDeps {
  readonly data: DataDirectory;
  readonly spawn: SpawnKeeper;
  /** A keeper found its room, or lost it. */
  readonly onLinkChange: (agentUid: AgentUid, linked: boolean) => void;
  /** A keeper's control socket closed. */
  readonly onClose: (agentUid: AgentUid) => void;
}
type Request = Parameters<ControlClient['ask']>[0];
interface Attached {
  readonly client: ControlClient;
  readonly closed: Promise<void>;
}

/** The keepers of a host, over their control sockets: attaches to them, starts them and ends them. */
export class Keepers {
  readonly #deps: KeepersDeps;
  readonly #attached = new Map<AgentUid, Attached>();

  constructor(deps: KeepersDeps) {
    this.#deps = deps;
  }

  /** Attaches to the keeper that runs; null: none does. */
  async adopt(agentUid: AgentUid): Promise<KeeperStatus | null> {
    const attached = await this.#attach(agentUid);
    return attached === null ? null : (await attached.client.ask({ do: 'status' })).status;
  }

  /** @throws Error when the keeper does not answer in time */
  async spawn(agentUid: AgentUid, options: { readonly start: boolean }): Promise<KeeperStatus> {
    this.#deps.spawn(agentUid, options);
    const until = performance.now() + ANSWER_TIMEOUT_MS;
    while (performance.now() < until) {
      const status = await this.adopt(agentUid);
      if (status !== null) return status;
      await delay(POLL_INTERVAL_MS);
    }
    throw new Error(`the keeper of ${agentUid} does not answer; see ${this.#deps.data.agent(agentUid).log}`);
  }

  async ask(agentUid: AgentUid, request: Request): Promise<ControlDone> {
    const attached = this.#attached.get(agentUid);
    if (attached === undefined) throw new Error('the keeper is not up');
    return attached.client.ask(request);
  }

  /** Ends the keeper, its program, and what a dead keeper left. */
  async end(agentUid: AgentUid, reason: string, options: { readonly soon: boolean }): Promise<void> {
    const attached = this.#attached.get(agentUid) ?? (await this.#attach(agentUid));
    if (attached !== null) await stop(attached, reason, options);
    const directory = this.#deps.data.agent(agentUid);
    await endOrphanedProcessesOf(directory);
    directory.remove('program.json');
  }

  /** The keepers go on without this runner. */
  detach(): void {
    for (const { client } of this.#attached.values()) client.close();
  }

  async #attach(agentUid: AgentUid): Promise<Attached | null> {
    const { data, onLinkChange, onClose } = this.#deps;
    let handleClosed = () => {};
    const closed = new Promise<void>((resolve) => {
      handleClosed = resolve;
    });
    const client: ControlClient | null = await ControlClient.open(controlPath(data.path, agentUid), {
      linked: (linked) => onLinkChange(agentUid, linked),
      closed: () => {
        if (this.#attached.get(agentUid)?.client === client) this.#attached.delete(agentUid);
        handleClosed();
        onClose(agentUid);
      },
    });
    if (client === null) return null;
    const attached = { client, closed };
    this.#attached.set(agentUid, attached);
    return attached;
  }
}

async function stop({ client, closed }: Attached, reason: string, { soon }: { readonly soon: boolean }) {
  const ask = (force: boolean) => client.ask({ do: 'stop', force, reason }).catch(() => null);
  const timer = soon ? setTimeout(() => void ask(true), END_TIMEOUT_MS) : undefined;
  const done = await ask(false);
  clearTimeout(timer);
  await closed;
  if (done !== null) await awaitExit(done.status.pid);
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the process is gone, or will not go in time. */
async function awaitExit(pid: number): Promise<void> {
  const until = performance.now() + END_TIMEOUT_MS;
  while (isAlive(pid) && performance.now() < until) await delay(POLL_INTERVAL_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
