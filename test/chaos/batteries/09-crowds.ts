import { setTimeout as lasting } from 'node:timers/promises';
import { percentile } from '../../../bench/lib/statistics.ts';
import { Crowd, type CrowdSeen } from '../../harness/crowd.ts';
import { enrolHost } from '../../harness/host-cli.ts';
import { tokensOf } from '../../harness/members.ts';
import { FaultyProxy } from '../../harness/proxy.ts';
import { inMs } from '../../harness/report.ts';
import { retryRateLimited } from '../../harness/retry-rate-limited.ts';
import type { Battery, Trials } from '../lib/battery.ts';
import { MockHost } from '../lib/mock-host.ts';
import { TestBed } from '../lib/test-bed.ts';
import type { TrialResults } from '../lib/trial-results.ts';

const HOST_AGENTS = 100;
const PROCESSES = 2;
/** Sockets of one member: fewer than one may have in a room (X19), also while those that were cut are still counted. */
const VIEWERS_EACH = 40;
/** Of all members, those who are no viewers: viewers alone do not fill a room (X19). */
const OPERATORS = 0.2;
const FAN_OUT_MS = 200;
const BACK_MS = 10_000;
/** M9: the first dials spread over half a second; what lies between the 10th and the 90th of 100 at least, ms. */
const SPREAD_MS = 150;
const BEATS = 10;
const BEAT_MS = 250;
/** Between two rooms that speak: here they all share a thread and a disk, ms. */
const APART_MS = 5;
const JOIN_MS = 60_000;
const HEAR_MS = 15_000;

/** Everyone, whatever process they are in. */
class Everyone implements AsyncDisposable {
  readonly #crowds: readonly Crowd[];

  constructor(crowds: readonly Crowd[]) {
    this.#crowds = crowds;
  }

  async ask(): Promise<Omit<CrowdSeen, 'id'>> {
    const all = await Promise.all(this.#crowds.map((crowd) => crowd.ask()));
    const sum = (pick: (seen: CrowdSeen) => number) => all.reduce((total, seen) => total + pick(seen), 0);
    return {
      connected: sum(({ connected }) => connected),
      frames: sum(({ frames }) => frames),
      p99: Math.max(...all.map(({ p99 }) => p99)),
      strangers: sum(({ strangers }) => strangers),
      gaps: sum(({ gaps }) => gaps),
      back: all.flatMap(({ back }) => back).sort((a, b) => a - b),
    };
  }

  /** All that came since the last question, when so many frames have, or no more come. */
  async hears(frames: number): Promise<{ frames: number; p99: number; strangers: number; gaps: number }> {
    const end = performance.now() + HEAR_MS;
    let [heard, p99] = [0, 0];
    for (;;) {
      const seen = await this.ask();
      heard += seen.frames;
      p99 = Math.max(p99, seen.p99);
      if (heard >= frames || performance.now() > end) return { ...seen, frames: heard, p99 };
      await lasting(BEAT_MS);
    }
  }

  /**
   * Resolves to when each of them connected since the last question, ms since 1970. That they are connected is not
   * enough: right after a cut some have not noticed yet.
   */
  async connected(count: number, withinMs: number): Promise<number[]> {
    const back: number[] = [];
    const end = performance.now() + withinMs;
    for (;;) {
      const seen = await this.ask();
      back.push(...seen.back);
      if (seen.connected === count && back.length >= count) return back.sort((a, b) => a - b);
      if (performance.now() > end)
        throw new Error(`${seen.connected} of ${count} viewers connected, ${back.length} anew`);
      await lasting(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#crowds.map((crowd) => crowd[Symbol.asyncDispose]()));
  }
}

interface Scene {
  readonly stage: TestBed;
  readonly proxy: FaultyProxy;
  readonly hosts: readonly MockHost[];
  readonly tokens: readonly string[];
  readonly tally: TrialResults;
}

/** So many viewers over these rooms: they hear what is theirs in time, are all dropped, and all come back. */
async function gather(
  name: string,
  scene: Scene,
  agentIds: readonly string[],
  viewers: number,
): Promise<number> {
  const { stage, proxy, hosts, tokens, tally } = scene;
  const each = Math.ceil(viewers / PROCESSES);
  const shares = Array.from({ length: PROCESSES }, (_, index) =>
    agentIds.filter((_, at) => agentIds.length === 1 || at % PROCESSES === index),
  );
  const sizes = shares.map((share, index) =>
    agentIds.length === 1 ? Math.min(each, viewers - index * each) : share.length,
  );
  await using all = new Everyone(
    shares.map((share, index) => {
      const own = tokens.filter((_, at) => tokens.length < PROCESSES || at % PROCESSES === index);
      return new Crowd(stage.muster, proxy.url, own, share, sizes[index] ?? 0);
    }),
  );
  await all.connected(viewers, JOIN_MS);
  /** Each room has its own moment in a beat: a thousand rooms do not print in step. */
  const speak = async () => {
    for (const agentId of agentIds) {
      for (const host of hosts) host.speak(agentId);
      await lasting(agentIds.length === 1 ? BEAT_MS : APART_MS);
    }
  };
  // The first frame finds the viewers that are still replaying.
  await speak();
  await all.hears(viewers);
  for (let beat = 0; beat < BEATS; beat += 1) await speak();
  const heard = await all.hears(viewers * BEATS);
  tally.expect(
    heard.frames === viewers * BEATS,
    `${name}: ${heard.frames} frames of ${viewers * BEATS} came`,
  );
  tally.expect(heard.p99 < FAN_OUT_MS, `${name}: p99 of the fan-out is ${inMs(heard.p99)}`);

  const dropped = Date.now();
  proxy.set('cut');
  proxy.set('pass');
  const back = await all.connected(viewers, 3 * BACK_MS);
  const last = (back.at(-1) ?? dropped) - dropped;
  const dials = proxy.dials.filter((at) => at >= dropped).map((at) => at - dropped);
  const [early, late] = [percentile(dials, 0.1), percentile(dials, 0.9)];
  tally.expect(last < BACK_MS, `${name}: the last was back after ${inMs(last)}`);
  tally.expect(late - early >= SPREAD_MS, `${name}: no jitter, ${inMs(early)} to ${inMs(late)}`);
  await speak();
  const after = await all.hears(viewers);
  const wrong = heard.strangers + after.strangers + heard.gaps + after.gaps;
  tally.expect(wrong === 0, `${name}: ${wrong} frames of another room, or gaps`);
  tally.note(
    `${name}: p99 ${inMs(heard.p99)}; dropped, dials after ${inMs(early)} to ${inMs(late)}, all back after ${inMs(last)}`,
  );
  return after.frames;
}

/** `count` viewers in one room, then one in each of `count` rooms. */
async function run({ count, tally }: Trials): Promise<void> {
  await using stage = await TestBed.open({ runner: false });
  await using proxy = await FaultyProxy.open(stage.muster.url);
  using hosts = new DisposableStack();
  const mocks: MockHost[] = [];
  const agentIds: string[] = [];
  for (let room = 0; room < count; room += 1) {
    if (room % HOST_AGENTS === 0) {
      const data = await enrolHost(stage.muster, `host-${room}`);
      mocks.push(hosts.use(await MockHost.open(data.host())));
    }
    const agentId = `room-${room}`;
    const wanted = {
      name: agentId,
      agentId,
      kind: 'process' as const,
      program: { command: 'x' },
      workspace: stage.muster.directory,
      terminal: false as const,
    };
    await retryRateLimited(() => stage.client.request('agent:create', wanted));
    agentIds.push(agentId);
  }
  const people = Math.ceil(count / VIEWERS_EACH);
  const operators = Math.ceil(people * OPERATORS);
  const tokens = [
    ...(await tokensOf(stage.muster, people - operators, 'viewer')),
    ...(await tokensOf(stage.muster, operators, 'operator')),
  ];
  const scene = { stage, proxy, hosts: mocks, tokens, tally };
  const one = await gather('one room', scene, agentIds.slice(0, 1), count);
  const many = await gather(`${count} rooms`, scene, agentIds, count);
  tally.passed = Math.min(one, many, count);
}

/** Crowds: in one room, over as many rooms, all dropped at once. */
export const crowds: Battery = {
  id: 9,
  verdict: 'viewers back',
  target: 1_000,
  minimum: 50,
  cost: { fixed: 20, each: 0.15 },
  run,
};
