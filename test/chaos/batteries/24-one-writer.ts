import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentId, type AgentUid, CLOSE, SUBPROTOCOL } from '@muster/protocol';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { assertion } from '../../../agent-runner/src/host/assertion.ts';
import { DataDirectory, type HostFile } from '../../../agent-runner/src/host/files.ts';
import { createAgent } from '../../harness/agents.ts';
import { cli, enrolHost } from '../../harness/host-cli.ts';
import { hostData } from '../../harness/hosts.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { inMs } from '../../harness/report.ts';
import { survivorsOf } from '../../harness/survivors.ts';
import { until, within } from '../../harness/until.ts';
import { OutputHasher } from '../../harness/viewer.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { TestBed } from '../lib/test-bed.ts';
import { differs } from '../lib/trial-results.ts';

const SOON_MS = 15_000;
/** A keeper that may not come in is told so at once, not when the room next sleeps. */
const REFUSED_MS = 2_000;
const SOME_BYTES = 40;

/** An agent that says one word for ever, and notes down each of its starts. */
class WordProgram {
  readonly #stage: TestBed;
  readonly #word: string;

  constructor(stage: TestBed, word: string) {
    this.#stage = stage;
    this.#word = word;
  }

  get program() {
    return [
      'sh',
      '-c',
      `echo >> ${this.#word}.starts; while :; do echo ${this.#word}; sleep 0.02; done`,
    ] as const;
  }

  get starts(): number {
    const file = join(this.#stage.muster.directory, `${this.#word}.starts`);
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  get running(): number {
    return survivorsOf(this.#stage.muster.tag).filter(({ command }) =>
      command.includes(`echo ${this.#word};`),
    ).length;
  }

  /** The fault in a viewer that should have received nothing else. */
  alone({ bytes, sha256, gaps }: OutputHasher): (string | null)[] {
    const said = `${this.#word}\n`.repeat(bytes / (this.#word.length + 1));
    return [
      differs(
        `sum of ${bytes} bytes of ${this.#word}`,
        sha256,
        createHash('sha256').update(said).digest('hex'),
      ),
      differs(`gaps of ${this.#word}`, gaps, 0),
    ];
  }
}

/** An agent's files as in a restored backup, or on a disk moved to another machine: its program does not run there. */
function copyAgent(from: DataDirectory, agentUid: AgentUid, to: DataDirectory): void {
  mkdirSync(to.path, { recursive: true, mode: 0o700 });
  cpSync(from.agent(agentUid).path, to.agent(agentUid).path, { recursive: true });
  to.agent(agentUid).remove('program.json');
}

/** Its keeper starts the program while nobody can be reached, then reaches the server. Resolves when the keeper has ended. */
async function comeBack(
  stage: TestBed,
  agentUid: AgentUid,
  data: DataDirectory,
  started: () => boolean,
): Promise<void> {
  await using proxy = await FaultyProxy.open(stage.muster.url);
  data.saveHost({ ...data.host(), server: proxy.url });
  proxy.set('stall');
  const ended = cli(stage.muster, ['keeper', '--data', data.path, '--agent', agentUid, '--start']);
  await until('the old keeper has started the program', SOON_MS, started);
  proxy.set('pass');
  await within('the old keeper has ended', SOON_MS, ended);
}

/** Out of the way, with its spool, for a person to look at. */
function archived(data: DataDirectory): string | null {
  const [name, ...others] = readdirSync(join(data.path, 'archive'));
  const kept =
    name !== undefined &&
    readdirSync(join(data.path, 'archive', name, 'spool')).some((file) => file.endsWith('.seg'));
  return kept && others.length === 0 && data.agents().length === 0 ? null : 'the old spool is not archived';
}

const reaches = (viewer: OutputHasher, bytes: number) =>
  within(`${bytes} bytes have come`, SOON_MS, viewer.reaches(bytes));

/** Deleted and made again under its name; then the keeper of the first comes back. */
async function madeAgain(stage: TestBed, round: number): Promise<(string | null)[]> {
  const { client, muster } = stage;
  const agentId = `phoenix-${round}` as AgentId;
  const [old, fresh] = [new WordProgram(stage, `old${round}`), new WordProgram(stage, `new${round}`)];
  await createAgent(client, muster, { agentId, program: old.program });
  const first = stage.uid(agentId);
  const before = new OutputHasher(client, agentId);
  await reaches(before, SOME_BYTES);
  before.close();
  const copy = new DataDirectory(join(muster.directory, `backup-${round}`));
  copyAgent(hostData(muster), first, copy);
  copy.saveHost(hostData(muster).host());
  await client.request('agent:delete', { agentId });
  await until('the deleted agent is gone', SOON_MS, () => stage.keepersOf(first).length + old.running === 0);
  await createAgent(client, muster, { agentId, program: fresh.program });
  const after = new OutputHasher(client, agentId);
  await reaches(after, SOME_BYTES);
  await comeBack(stage, first, copy, () => old.starts === 2);
  await reaches(after, after.bytes + SOME_BYTES);
  const wrong = [
    stage.uid(agentId) === first ? 'the new agent has the identity of the old one' : null,
    differs('programs of the deleted agent', old.running, 0),
    archived(copy),
    ...fresh.alone(after),
  ];
  after.close();
  await client.request('agent:delete', { agentId });
  return wrong;
}

/** How the room ends the socket of a keeper of this host. */
async function closeCode(stage: TestBed, agentUid: AgentUid, host: HostFile): Promise<number> {
  const path = `/ws/keepers/${agentUid}`;
  const headers = { authorization: `Bearer ${assertion(host, path, Date.now())}` };
  const socket = new WebSocket(stage.muster.url.replace('http', 'ws') + path, SUBPROTOCOL, { headers });
  const [code] = await once(socket, 'close');
  return z.number().parse(code);
}

/** A second host claims it, while the first one's keeper is away; then the first comes back. */
async function claimedTwice(stage: TestBed, round: number): Promise<(string | null)[]> {
  const { client, muster } = stage;
  const agentId = `claimed-${round}` as AgentId;
  const word = new WordProgram(stage, `one${round}`);
  await createAgent(client, muster, { agentId, program: word.program });
  const uid = stage.uid(agentId);
  const viewer = new OutputHasher(client, agentId);
  await reaches(viewer, SOME_BYTES);
  const rival = await enrolHost(muster, `rival-${round}`);
  copyAgent(hostData(muster), uid, rival);
  const asked = performance.now();
  const code = await within('the rival is refused', SOON_MS, closeCode(stage, uid, rival.host()));
  const refused = performance.now() - asked;

  // Both hosts are this machine, where a lock lets one keeper of an agent live: the first one's is away meanwhile.
  const runner = muster.running.runner?.pid ?? 0;
  process.kill(runner, 'SIGSTOP');
  const [keeper] = stage.keepersOf(uid);
  process.kill(keeper?.pid ?? 0, 'SIGKILL');
  await until('its keeper is gone', SOON_MS, () => stage.keepersOf(uid).length === 0);
  await comeBack(stage, uid, rival, () => word.starts === 2);
  await until("the rival's program is gone", SOON_MS, () => word.running === 0);
  process.kill(runner, 'SIGCONT');
  await stage.shows(
    agentId,
    'back',
    SOON_MS,
    ({ status, connection }) => status === 'crashed' && connection === 'online',
  );
  await client.request('agent:start', { agentId });
  await reaches(viewer, viewer.bytes + SOME_BYTES);
  const wrong = [
    differs('close code of the rival', code, CLOSE.superseded),
    refused <= REFUSED_MS ? null : `the rival was refused after ${inMs(refused)}`,
    archived(rival),
    ...word.alone(viewer),
  ];
  viewer.close();
  await client.request('agent:delete', { agentId });
  return wrong;
}

async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open();
  for (let round = 0; round < count; round += 1) {
    tally.trial(...(await (round % 2 === 0 ? madeAgain(stage, round) : claimedTwice(stage, round))));
  }
  tally.note('deleted and made again under its name, and claimed by two hosts, in turn');
}

/** Old keepers come back: one writer, nothing mixed (N1, N2). */
export const oneWriter: Battery = {
  id: 24,
  verdict: 'fenced',
  target: 20,
  minimum: 2,
  cost: { fixed: 5, each: 3.5 },
  run,
};
