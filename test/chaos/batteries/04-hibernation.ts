import { createHash } from 'node:crypto';
import { setTimeout as lasting } from 'node:timers/promises';
import type { AgentId } from '@muster/protocol';
import { createAgent } from '../../harness/agents.ts';
import { dialThrough } from '../../harness/hosts.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { within } from '../../harness/until.ts';
import { usageOf } from '../../harness/usage.ts';
import { OutputHasher, openClient } from '../../harness/viewer.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TestBed } from '../lib/test-bed.ts';
import { differs, type TrialResults } from '../lib/trial-results.ts';

/** At the same time, as each sleeps by itself. */
const ROOMS = 10;
const VIEWERS = 5;
/** S4: what was said last is stored, and acked, within this; only then it is silent. */
const STORED_MS = 4_000;
const ASLEEP_MS = 12_000;
const ANSWER_MS = 20_000;

/** One room: an agent that runs `cat`, and its viewers. */
class Sleeper {
  readonly agentId: AgentId;
  readonly #stage: TestBed;
  readonly #viewers: readonly OutputHasher[];
  #said = '';
  #lines = 0;

  constructor(stage: TestBed, clients: readonly TestBed['client'][], agentId: AgentId) {
    this.#stage = stage;
    this.agentId = agentId;
    this.#viewers = clients.map((client) => new OutputHasher(client, agentId));
  }

  async begin(): Promise<void> {
    await within(`${this.agentId} is seen`, ANSWER_MS, this.#everyState());
    await this.say();
  }

  /** Resolves when all have the next line. */
  async say(): Promise<void> {
    this.#lines += 1;
    const line = `${this.agentId} ${this.#lines}\n`;
    this.#said += line;
    const typist = this.#viewers[this.#lines % this.#viewers.length];
    if (typist?.feed.input(line) !== true) throw new Error(`${this.agentId}: not connected`);
    const all = this.#viewers.map((viewer) => viewer.reaches(this.#said.length));
    await within(`${this.agentId}: line ${this.#lines} is at all viewers`, ANSWER_MS, Promise.all(all));
  }

  usage() {
    return usageOf(this.#stage.muster, this.agentId);
  }

  wrong(): (string | null)[] {
    const sha256 = createHash('sha256').update(this.#said).digest('hex');
    return this.#viewers.flatMap(({ sha256: seen, gaps }) => [
      differs(`${this.agentId}: sum`, seen, sha256),
      differs(`${this.agentId}: gaps`, gaps, 0),
    ]);
  }

  async #everyState(): Promise<void> {
    const has = ({ feed }: OutputHasher) =>
      new Promise<void>((resolve) => {
        if (feed.state !== null) resolve();
        else feed.on('state', () => resolve());
      });
    await Promise.all(this.#viewers.map(has));
  }
}

/** A request waits for a keeper that does not answer; the room hibernates meanwhile, and still knows the requester. */
async function midRequest(stage: TestBed, tally: TrialResults): Promise<void> {
  const { client, muster } = stage;
  await using proxy = await FaultyProxy.open(muster.url);
  dialThrough(muster, proxy.url);
  const agentId = 'waiting' as AgentId;
  await createAgent(client, muster, { agentId, program: ['cat'] });
  await stage.shows(agentId, 'running', ANSWER_MS, ({ status }) => status === 'running');
  proxy.set('stall');
  const asked = client.request('agent:pause', { agentId }, { timeout: 2 * ASLEEP_MS, retries: 0 });
  await lasting(ASLEEP_MS);
  proxy.set('pass');
  const done = await asked.then(
    () => true,
    () => false,
  );
  tally.expect(done, 'a request that waited while the room slept was not answered');
}

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  await using open = new AsyncDisposableStack();
  const { muster } = stage;
  const clients = Array.from({ length: VIEWERS }, () =>
    open.adopt(openClient(muster), (client) => client.close()),
  );
  const sleepers: Sleeper[] = [];
  for (let room = 0; room < Math.min(ROOMS, count); room += 1) {
    const agentId = `sleeper-${room}` as AgentId;
    await createAgent(stage.client, muster, { agentId, program: ['cat'] });
    sleepers.push(new Sleeper(stage, clients, agentId));
  }
  await Promise.all(sleepers.map((sleeper) => sleeper.begin()));
  const waiting = midRequest(stage, tally);
  for (let done = 0; done < count; done += sleepers.length) {
    const before = await Promise.all(sleepers.map((sleeper) => sleeper.usage()));
    await lasting(STORED_MS + ASLEEP_MS);
    await Promise.all(sleepers.map((sleeper) => sleeper.say()));
    for (const [index, sleeper] of sleepers.slice(0, count - done).entries()) {
      const { starts } = await sleeper.usage();
      tally.trial(
        differs(`${sleeper.agentId}: starts of its room`, starts, (before[index]?.starts ?? 0) + 1),
        ...sleeper.wrong(),
      );
    }
  }
  await waiting;
  tally.note(
    `hibernations of ${sleepers.length} rooms with ${VIEWERS} viewers each, and of one in mid-request`,
  );
}

/** Rooms really sleep between every two lines, seen by their constructors running again. */
export const hibernation: Battery = {
  id: 4,
  verdict: 'kept',
  target: 100,
  minimum: 10,
  cost: { fixed: 18, each: 1.7 },
  run,
};
