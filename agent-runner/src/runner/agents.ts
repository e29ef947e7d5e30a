import { isDeepStrictEqual } from 'node:util';
import {
  type AgentSpec,
  type AgentUid,
  LIMITS,
  type Placement,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { ControlDone } from '../control/messages.ts';
import type { DataDirectory } from '../host/files.ts';
import type { Log } from '../host/log.ts';
import { checkLaunch } from '../keeper/launch.ts';
import { asWireError } from '../keeper/wire-error.ts';
import { checkShell } from '../program/shell.ts';
import { resolveWorkspace } from '../program/workspace.ts';
import { KeeperHandle, runningFacts } from './keeper-handle.ts';
import { reconcile } from './reconcile.ts';
import type { SpawnKeeper } from './spawn-keeper.ts';

export interface AgentsDeps {
  readonly data: DataDirectory;
  readonly spawn: SpawnKeeper;
  readonly log: Log;
  readonly healthy: (agentUid: AgentUid, healthy: boolean) => void;
}

/** The outcome of a placement. */
export interface PlacementResult {
  readonly pid?: number;
  readonly startedAt?: number;
  readonly error?: WireError;
}

/** Every agent of this host. Operations on one agent run in order. */
export class Agents {
  readonly #deps: AgentsDeps;
  readonly #handles = new Map<AgentUid, KeeperHandle>();
  readonly #queues = new Map<AgentUid, Promise<unknown>>();

  constructor(deps: AgentsDeps) {
    this.#deps = deps;
  }

  /** Whether the agent's keeper is linked to its room; null: it has not been linked yet. */
  linkOf(agentUid: AgentUid): boolean | null {
    return this.#handles.get(agentUid)?.link ?? null;
  }

  /** The agents placed here, and whether each is healthy. */
  list(): { agentUid: AgentUid; generation: number; healthy: boolean }[] {
    return this.#placements().map(({ spec: { agentUid }, generation }) => {
      return { agentUid, generation, healthy: this.#handles.get(agentUid)?.healthy ?? false };
    });
  }

  /** P3: adopts running keepers and starts missing ones; needs no server. */
  async recover(): Promise<void> {
    await Promise.all(
      this.#placements().map((placement) => this.#enqueueFor(placement, () => this.#bringUp(placement))),
    );
  }

  /** N2: reconciles this host with the listed agents. */
  async welcome(listed: readonly (Placement & { readonly wanted?: boolean | undefined })[]): Promise<void> {
    // P10: of an agent whose data this host has not, only its room knows whether its program had ended.
    const wanted = new Map(
      listed.map(({ spec, wanted: is }) => [spec.agentUid, is ?? spec.restart === 'always']),
    );
    const placements = listed.map(({ spec, generation }) => ({ spec, generation }));
    const { end, place, keep } = reconcile(this.#placements(), placements);
    await Promise.all(end.map((agentUid) => this.remove(agentUid)));
    const fresh = place.map((placement) =>
      this.#enqueueFor(placement, async () => {
        this.#save(placement, { stopped: wanted.get(placement.spec.agentUid) === false });
        await this.#bringUp(placement);
      }),
    );
    const kept = keep.map((placement) => this.#enqueueFor(placement, () => this.#update(placement)));
    await Promise.all([...fresh, ...kept]);
  }

  /** A new agent, or the same one again. On error nothing half-made stays. */
  place(placement: Placement): Promise<PlacementResult> {
    return this.#enqueueFor(placement, async () => {
      try {
        return await this.#place(placement);
      } catch (error) {
        this.#deps.log.error(
          { agentUid: placement.spec.agentUid, err: error },
          'an agent could not be placed',
        );
        return { error: asWireError(error) };
      }
    });
  }

  /** Ends the agent's program and keeper, and archives their files. */
  remove(agentUid: AgentUid): Promise<void> {
    return this.#enqueue(agentUid, async () => {
      const directory = this.#deps.data.agent(agentUid);
      const generation = directory.placement()?.generation ?? 0;
      await this.#handle(agentUid).end('the agent was removed', { soon: false });
      this.#handles.delete(agentUid);
      this.#deps.data.archive(agentUid, generation, Date.now());
    });
  }

  /** Ends all programs and keepers; they are started again by the next runner. */
  async endAll(reason: string): Promise<void> {
    const uids = this.#placements().map(({ spec }) => spec.agentUid);
    await Promise.all(uids.map((agentUid) => this.#handle(agentUid).end(reason, { soon: true })));
  }

  /** The runner ends, the keepers stay. */
  detach(): void {
    for (const handle of this.#handles.values()) handle.disconnect();
  }

  #placements(): Placement[] {
    const { data, log } = this.#deps;
    return data.agents().flatMap((agentUid) => {
      try {
        return data.agent(agentUid).placement() ?? [];
      } catch (error) {
        log.error({ agentUid, err: error }, 'an agent whose spec.json cannot be read is left alone');
        return [];
      }
    });
  }

  /** `stopped`: only a person may start it (P10). */
  #save(placement: Placement, { stopped }: { readonly stopped: boolean }): void {
    const directory = this.#deps.data.agent(placement.spec.agentUid);
    directory.savePlacement(placement);
    if (stopped) directory.write('stopped', '');
  }

  async #bringUp({ spec }: Placement): Promise<void> {
    try {
      await this.#handle(spec.agentUid).up({ start: spec.autostart });
    } catch (error) {
      this.#deps.log.error({ agentUid: spec.agentUid, err: error }, 'a keeper did not come up');
    }
  }

  async #place(placement: Placement): Promise<PlacementResult> {
    const { agentUid } = placement.spec;
    const known = this.#deps.data.agent(agentUid).placement();
    if (known === null) return this.#placeNew(placement, { stopped: false });
    if (known.generation > placement.generation) {
      return { error: wireError('INVALID_STATE', 'This host has a newer start of this agent') };
    }
    if (known.generation === placement.generation) return this.#placeAgain(placement);
    // Everything that can fail is checked before the old one is ended.
    this.#check(placement.spec);
    await this.#handle(agentUid).end('the agent was placed anew', { soon: false });
    this.#handles.delete(agentUid);
    const stopped = this.#deps.data.agent(agentUid).read('stopped') !== null;
    this.#deps.data.archive(agentUid, known.generation, Date.now());
    return this.#placeNew(placement, { stopped });
  }

  async #placeNew(placement: Placement, before: { readonly stopped: boolean }): Promise<PlacementResult> {
    const { spec } = placement;
    const { data } = this.#deps;
    if (data.agents().length >= LIMITS.agentsPerHost) {
      const message = `a host has at most ${LIMITS.agentsPerHost} agents`;
      return { error: wireError('AGENT_LIMIT_EXCEEDED', message) };
    }
    this.#check(spec);
    this.#save(placement, before);
    const handle = this.#handle(spec.agentUid);
    try {
      await handle.up({ start: false });
      const start = spec.autostart && spec.program !== undefined && !before.stopped;
      const placed = await this.#start(handle, start);
      if (placed.error !== undefined) await this.#undo(handle);
      return placed;
    } catch (error) {
      await this.#undo(handle);
      throw error;
    }
  }

  /** The lobby asks again, or brings a new spec: whatever is missing is done, the rest is told. */
  async #placeAgain(placement: Placement): Promise<PlacementResult> {
    const status = await this.#update(placement);
    const { spec } = placement;
    const stopped = this.#deps.data.agent(spec.agentUid).read('stopped') !== null;
    const { status: word, exitCode, signal } = status.state;
    const neverRan = word === 'stopped' && exitCode === undefined && signal === undefined && !stopped;
    const start = neverRan && spec.autostart && spec.program !== undefined;
    return this.#start(this.#handle(spec.agentUid), start);
  }

  async #update(placement: Placement): Promise<ControlDone['status']> {
    const { agentUid } = placement.spec;
    const directory = this.#deps.data.agent(agentUid);
    const handle = this.#handle(agentUid);
    const changed = !isDeepStrictEqual(directory.placement(), placement);
    if (changed) directory.savePlacement(placement);
    const status = await handle.up({ start: placement.spec.autostart });
    // A keeper that waits for its next try at the room learns by it that the server is back.
    if (!changed && status.linked) return status;
    return (await handle.ask({ do: 'place', placement })).status;
  }

  async #start(handle: KeeperHandle, start: boolean): Promise<PlacementResult> {
    const { status, error } = await handle.ask({ do: start ? 'start' : 'status' });
    return error === undefined ? runningFacts(status.state) : { error };
  }

  async #undo(handle: KeeperHandle): Promise<void> {
    await handle.end('it could not be placed', { soon: true });
    this.#handles.delete(handle.agentUid);
    this.#deps.data.agent(handle.agentUid).removeAll();
  }

  /** @throws ProgramError when this host cannot run it, as far as can be seen */
  #check(spec: AgentSpec): void {
    const { roots } = this.#deps.data.host();
    resolveWorkspace(spec.workspace, roots);
    if (spec.shell !== undefined) checkShell(spec.shell);
    const owner = this.#deps.data.environment();
    if (spec.program !== undefined && spec.autostart && owner !== null) checkLaunch(spec, roots, owner);
  }

  #handle(agentUid: AgentUid): KeeperHandle {
    const known = this.#handles.get(agentUid);
    if (known !== undefined) return known;
    const handle = new KeeperHandle(agentUid, {
      ...this.#deps,
      onRemoved: (gone) => void this.#handles.delete(gone),
    });
    this.#handles.set(agentUid, handle);
    return handle;
  }

  #enqueueFor<T>({ spec }: Placement, work: () => Promise<T>): Promise<T> {
    return this.#enqueue(spec.agentUid, work);
  }

  #enqueue<T>(agentUid: AgentUid, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(agentUid) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#queues.set(agentUid, turn);
    const clear = () => {
      if (this.#queues.get(agentUid) === turn) this.#queues.delete(agentUid);
    };
    turn.then(clear, clear);
    return turn;
  }
}
