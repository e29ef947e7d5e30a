import type { AgentId } from '@muster/protocol';
import { createAgent, type NewAgent } from '../../harness/agents.ts';
import { inMs } from '../../harness/report.ts';
import { type Survivor, survivorsOf } from '../../harness/survivors.ts';
import { until } from '../../harness/until.ts';
import { OutputHasher } from '../../harness/viewer.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TERMINAL, TestBed } from '../lib/test-bed.ts';

const GONE_MS = 5_000;
const TOLD_MS = 20_000;

type Kind = Omit<NewAgent, 'agentId'> & { readonly paused?: boolean };

/** Every kind of program, and every way to hide from the search for orphaned processes. */
const KINDS: Readonly<Record<string, Kind>> = {
  pipe: { program: ['cat'] },
  shell: { program: ['bash', '--norc', '-i'], terminal: TERMINAL },
  jobs: { program: ['bash', '-ic', 'sleep 800 & sleep 801 & cat'], terminal: TERMINAL },
  deaf: { program: ['sh', '-c', "trap '' HUP TERM INT; while :; do sleep 1; done"] },
  session: { program: ['sh', '-c', 'setsid sleep 802 & setsid sleep 803 & cat'] },
  orphan: { program: ['sh', '-c', '(setsid sh -c "sleep 804 & sleep 805" &) ; cat'] },
  paused: { program: ['sh', '-c', 'sleep 806 & cat'], paused: true },
  busy: { program: ['sh', '-c', 'while :; do echo busy; done'], terminal: TERMINAL },
};

/** Everything alive that is neither the server nor the host: programs, and what they started. */
const programs = (stage: TestBed): Survivor[] =>
  survivorsOf(stage.muster.tag).filter(({ command }) => !/workerd|start\.(ts|mjs)|cli\.js/.test(command));

async function round(
  stage: TestBed,
  name: string,
  kind: Kind,
  index: number,
  { tally }: Trials,
): Promise<number> {
  const { client, muster } = stage;
  const agentId = `${name}-${index}` as AgentId;
  const digest = new OutputHasher(client, agentId);
  try {
    await createAgent(client, muster, { ...kind, agentId });
    if (kind.paused === true) await client.request('agent:pause', { agentId });
    await stage.shows(agentId, 'known', TOLD_MS, ({ pid }) => pid !== undefined);
    const [keeper] = stage.keepersOf(stage.uid(agentId));
    if (keeper === undefined) throw new Error(`${agentId} has no keeper`);
    const before = programs(stage).length;
    const killed = performance.now();
    process.kill(keeper.pid, 'SIGKILL');
    await until(`${agentId} leaves nothing`, TOLD_MS, () => programs(stage).length === 0);
    const took = performance.now() - killed;
    const told = await stage.shows(
      agentId,
      'told to have crashed',
      TOLD_MS,
      ({ status }) => status === 'crashed',
    );
    tally.trial(
      before > 0 ? null : `${agentId}: no program ran`,
      took <= GONE_MS ? null : `${agentId}: the last process was gone after ${inMs(took)}`,
      told.exitCode === undefined
        ? null
        : `${agentId}: told to have exited with ${told.exitCode}, which nobody saw`,
    );
    return took;
  } finally {
    digest.close();
    await client.request('agent:delete', { agentId });
  }
}

async function run(trials: Trials): Promise<void> {
  const { count, tally } = trials;
  await using stage = await TestBed.open();
  const kinds = Object.entries(KINDS);
  let slowest = 0;
  for (let index = 0; index < count; index += 1) {
    const [name = '', kind] = kinds[index % kinds.length] ?? [];
    if (kind !== undefined) slowest = Math.max(slowest, await round(stage, name, kind, index, trials));
  }
  tally.note(`${kinds.length} kinds of programs; nothing left after ${inMs(slowest)}`);
}

/** Keepers are killed: what they left is ended, and nobody is told an end that nobody saw. */
export const keeperKilled: Battery = {
  id: 6,
  verdict: 'accounted for',
  target: 50,
  minimum: 8,
  cost: { fixed: 6, each: 1.5 },
  run,
};
