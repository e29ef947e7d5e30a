import type { MusterClient } from '@muster/client';
import type { AgentSummary, AgentUid } from '@muster/protocol';
import { hostIsOnline } from '../../harness/hosts.ts';
import { Muster, type MusterOptions } from '../../harness/muster.ts';
import { killAll, type Survivor, survivorsOf } from '../../harness/survivors.ts';
import { until, within } from '../../harness/until.ts';
import { openClient } from '../../harness/viewer.ts';

const open = new Set<Muster>();

/** Of batteries that cannot end them any more: nothing outlives the run. */
export async function closeTestBeds(): Promise<void> {
  for (const muster of [...open]) {
    open.delete(muster);
    await muster[Symbol.asyncDispose]();
  }
}

/** As `closeStages`, for a run that is ended at once: what lies on the disk stays. */
export function killTestBeds(): void {
  for (const { tag } of open) killAll(tag);
}

const ONLINE_MS = 30_000;
export const TERMINAL = { cols: 80, rows: 24 } as const;

/** A battery's own Muster, with a client. Use with `await using`. */
export class TestBed implements AsyncDisposable {
  readonly muster: Muster;
  readonly client: MusterClient;

  private constructor(muster: Muster) {
    this.muster = muster;
    this.client = openClient(muster);
  }

  /** `prepare`: what is done before it starts. */
  static async open(options: MusterOptions = {}, prepare?: (muster: Muster) => void): Promise<TestBed> {
    const muster = new Muster(options);
    open.add(muster);
    prepare?.(muster);
    const stage = new TestBed(await muster.start());
    if (options.runner !== false) await within('the host is online', ONLINE_MS, hostIsOnline(stage.client));
    return stage;
  }

  agent(agentId: string): AgentSummary | undefined {
    return this.client.agents.find((one) => one.agentId === agentId);
  }

  uid(agentId: string): AgentUid {
    const uid = this.agent(agentId)?.agentUid;
    if (uid === undefined) throw new Error(`there is no ${agentId}`);
    return uid;
  }

  /** Resolves when the list shows what is asked for. */
  shows(
    agentId: string,
    what: string,
    withinMs: number,
    test: (agent: AgentSummary) => boolean,
  ): Promise<AgentSummary> {
    return until(`${agentId} is ${what}`, withinMs, () => {
      const agent = this.agent(agentId);
      return agent !== undefined && test(agent) ? agent : null;
    });
  }

  keepersOf(agentUid: AgentUid): Survivor[] {
    return survivorsOf(this.muster.tag).filter(
      ({ command }) => command.includes(' keeper ') && command.includes(agentUid),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    open.delete(this.muster);
    await this.muster[Symbol.asyncDispose]();
  }
}
