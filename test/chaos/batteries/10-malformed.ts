import { readFileSync } from 'node:fs';
import { AgentIdSchema } from '@muster/protocol';
import { pathsIn } from '../../../worker/local/data.ts';
import { createAgent } from '../../harness/agents.ts';
import { enrolHost } from '../../harness/host-cli.ts';
import { tokensOf } from '../../harness/members.ts';
import type { Muster } from '../../harness/muster.ts';
import { Printer } from '../../harness/oracle.ts';
import { MB } from '../../harness/report.ts';
import { within } from '../../harness/until.ts';
import { Watch } from '../../harness/watch.ts';
import type { AttackContext } from '../lib/attack.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { Canary } from '../lib/canary.ts';
import { attackEntryPoints, ENTRY_POINTS, viewerSocket } from '../lib/entry-points.ts';
import { MockHost } from '../lib/mock-host.ts';
import { TestBed } from '../lib/test-bed.ts';
import { differs, type TrialResults } from '../lib/trial-results.ts';

const PEOPLE = 20;
/** A host may connect 300 times a minute (L), and what it says wrong has it closed. */
const FRAMES_OF_A_HOST = 250;
const RATE = 0.7 * MB;
/** Printed for each frame that is sent: the neighbours stream for about as long as it takes. */
const PRINTED_EACH = 300;
const PRINTED_LEAST = 8 * MB;
const ALL_MS = 180_000;
/** The runtime's log line for an uncaught exception. */
const UNCAUGHT = /uncaught|exception|internal error|aborted/i;

async function victimOf(
  stage: TestBed,
  index: number,
  hosts: DisposableStack,
): Promise<AttackContext['victims'][number]> {
  const host = (await enrolHost(stage.muster, `mock-${index}`)).host();
  hosts.use(await MockHost.open(host));
  const agentId = AgentIdSchema.parse(`victim-${index}`);
  await stage.client.request('agent:create', {
    ...{ name: agentId, agentId, kind: 'process', terminal: false, hostId: host.hostId },
    ...{ program: { command: 'x' }, workspace: stage.muster.directory },
  });
  return { host, agentId, agentUid: stage.uid(agentId) };
}

/** Unexpected lines in the server's log. */
const uncaughtIn = (muster: Muster): string[] =>
  readFileSync(pathsIn(muster.data).serverLog, 'utf8')
    .split('\n')
    .filter((line) => UNCAUGHT.test(line));

async function stream(stage: TestBed, agentId: string, bytes: number) {
  const printer = new Printer(stage.muster, bytes, { rate: RATE });
  await createAgent(stage.client, stage.muster, { agentId, program: printer.program });
  const watch = new Watch(stage.muster, agentId);
  await watch.reaches(MB / 10);
  return {
    watch,
    /** The fault in its viewer's output. */
    async wrong(): Promise<(string | null)[]> {
      const { bytes: printed, sha256 } = await printer.printed((bytes * 1_000) / RATE + ALL_MS);
      const seen = await within(`${agentId}: its end has come`, ALL_MS, watch.ended());
      return [
        differs(`bytes of ${agentId}`, seen.bytes, printed),
        differs(`sum of ${agentId}`, seen.sha256, sha256),
        differs(`gaps of ${agentId}`, seen.gaps, 0),
      ];
    },
  };
}

async function canaries({ muster, victims }: AttackContext): Promise<Canary[]> {
  const paths = [
    '/ws/dashboard',
    '/ws/agents/streaming',
    ...victims.map(({ agentId }) => `/ws/agents/${agentId}`),
  ];
  return Promise.all(paths.map((path) => Canary.open(path, viewerSocket(muster, path, muster.token))));
}

function conclude(tally: TrialResults, count: number, read: number, wrong: readonly (string | null)[]): void {
  const found = wrong.filter((why) => why !== null);
  for (const why of found) tally.fail(why);
  tally.expect(read >= count, `only ${read} frames were read`);
  if (found.length === 0) tally.passed = Math.min(count, read);
}

async function run({ count, random, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  const { muster } = stage;
  using hosts = new DisposableStack();
  const fromHosts = Math.ceil(count * (ENTRY_POINTS.keeper + ENTRY_POINTS.runner));
  const victims: AttackContext['victims'][number][] = [];
  for (let index = 0; index * FRAMES_OF_A_HOST < fromHosts; index += 1)
    victims.push(await victimOf(stage, index, hosts));
  const bytes = Math.max(PRINTED_LEAST, count * PRINTED_EACH);
  const streams = [await stream(stage, 'streaming', bytes), await stream(stage, 'neighbour', bytes)];
  const [admins, viewers] = await Promise.all([
    tokensOf(muster, PEOPLE, 'admin'),
    tokensOf(muster, PEOPLE, 'viewer'),
  ]);
  const scene: AttackContext = { muster, random, victims, admins, viewers };
  const before = JSON.stringify(muster.running.servers);
  const birds = await canaries(scene);
  const began = performance.now();
  const { read, wrong, told } = await attackEntryPoints(scene, count);
  const took = (performance.now() - began) / 1_000;
  const ended = await Promise.all(birds.map((bird) => within('a canary answers', ALL_MS, bird.ends())));
  const streamed = (await Promise.all(streams.map((one) => one.wrong()))).flat();
  const server = differs('the server', JSON.stringify(muster.running.servers), before);
  conclude(tally, count, read, [...wrong, ...ended, ...streamed, server, ...uncaughtIn(muster)]);
  for (const { watch } of streams) await watch[Symbol.asyncDispose]();
  tally.note(`${told} in ${took.toFixed(0)} s; two rooms streamed beside it, one of them attacked`);
}

/** Malformed frames at every door: nothing crashes, no object is reset, and nobody beside notices. */
export const malformedFrames: Battery = {
  id: 10,
  verdict: 'malformed frames refused or ignored',
  target: 100_000,
  minimum: 2_000,
  cost: { fixed: 20, each: 0.0015 },
  run,
};
