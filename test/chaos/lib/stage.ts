import type { MusterClient } from '@muster/client';
import type { AgentSummary, AgentUid } from '@muster/protocol';
import { hostIsOnline } from '../../harness/hosts.ts';
import { type Muster, type MusterOptions, startMuster } from '../../harness/muster.ts';
import { type Survivor, survivorsOf } from '../../harness/survivors.ts';
import { until, within } from '../../harness/until.ts';
import { openClient } from '../../harness/viewer.ts';

const ONLINE_MS = 30_000;
export const TERMINAL = { cols: 80, rows: 24 } as const;

/** A Muster of a battery's own, and someone who looks at it. Use with `await using`. */
export class Stage implements AsyncDisposable {
  readonly muster: Muster;
  readonly client: MusterClient;

  private constructor(muster: Muster) {
    this.muster = muster;
    this.client = openClient(muster);
  }

  static async open(options: MusterOptions = {}): Promise<Stage> {
    const stage = new Stage(await startMuster(options));
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
    await this.muster[Symbol.asyncDispose]();
  }
}
