import { type AgentUid, AgentUidSchema, type Placement, type RunnerMessage } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { ModelHost } from './model-host.ts';
import { specOf, uidOf } from './specs.ts';

const UIDS = [1, 2, 3].map((number) => AgentUidSchema.parse(uidOf(number)));
const agent = fc.nat({ max: UIDS.length - 1 });
const generation = fc.integer({ min: 1, max: 3 });

const stepArbitrary = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('welcome' as const),
      generations: fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('place' as const), agent, generation }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), agent }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('finish' as const), at: fc.nat({ max: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fail' as const), at: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ring' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), agent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('link' as const), agent, linked: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redial' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

const uidAt = (at: number): AgentUid => UIDS[at % UIDS.length] ?? UIDS[0] ?? expect.fail();
const placementAt = (at: number, generation: number): Placement => ({ spec: specOf(uidAt(at)), generation });
/** 0: it is not listed. */
const listOf = (generations: readonly number[]) =>
  generations.flatMap((generation, at) => (generation === 0 ? [] : [placementAt(at, generation)]));

/** A host and what was asked of it; the runner's process may die and another take its place. */
class Trial {
  host = new ModelHost();
  readonly asked = new Set<string>();
  readonly answered: string[] = [];
  #requests = 0;
  #sent = 0;

  constructor() {
    this.host.recover();
    this.host.connect();
    this.host.welcome([]);
  }

  apply(step: Step): void {
    const { host } = this;
    switch (step.do) {
      case 'welcome':
        host.welcome(listOf(step.generations));
        break;
      case 'place':
        host.place(placementAt(step.agent, step.generation), this.#request());
        break;
      case 'remove':
        host.remove(uidAt(step.agent), this.#request());
        break;
      case 'finish':
        host.finish(step.at);
        break;
      case 'fail':
        host.failNext(step.at);
        break;
      case 'ring':
        host.ring();
        break;
      case 'kill':
        host.endKeeper(uidAt(step.agent));
        break;
      case 'link':
        host.link(uidAt(step.agent), step.linked);
        break;
      case 'redial':
        host.handle({ type: 'link-lost' });
        host.connect();
        break;
      case 'restart':
        this.#restart();
    }
    this.collect();
  }

  /** Answers are counted as they come. */
  collect(): RunnerMessage[] {
    const fresh = this.host.sent.slice(this.#sent);
    this.#sent = this.host.sent.length;
    for (const { type, payload } of fresh) {
      if (type === 'agent:placed' || type === 'agent:removed') this.answered.push(payload.requestId);
    }
    return fresh;
  }

  /** The lobby ends what it does not know (N1), as long as anything happens. */
  settle(listed: readonly Placement[]): void {
    const known = new Set(listed.map(({ spec }) => spec.agentUid));
    this.host.connect();
    this.host.welcome(listed);
    for (let round = 0; round < 20; round += 1) {
      this.host.run();
      for (const { type, payload } of this.collect()) {
        if (type !== 'agent:placed' || payload.error !== undefined || known.has(payload.agentUid)) continue;
        this.host.remove(payload.agentUid, this.#request());
      }
    }
  }

  /** Files and keepers outlive the process; what it was doing does not go on. */
  #restart(): void {
    const { files, keepers, now } = this.host;
    this.collect();
    this.host = new ModelHost();
    this.#sent = 0;
    this.host.now = now;
    for (const [agentUid, kept] of files) this.host.files.set(agentUid, kept);
    for (const [agentUid, keeper] of keepers) this.host.keepers.set(agentUid, keeper);
    this.host.recover();
    this.host.connect();
  }

  #request(): string {
    this.#requests += 1;
    const requestId = uidOf(1_000 + this.#requests);
    this.asked.add(requestId);
    return requestId;
  }
}

describe('[N2, P3, P4] whatever was asked and failed', () => {
  test('a host ends with the lobby’s list, each agent once and no older than listed; no request is answered twice', () => {
    fc.assert(
      fc.property(
        fc.array(stepArbitrary, { maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        (steps, isListed) => {
          const trial = new Trial();
          for (const step of steps) trial.apply(step);
          // A lobby's generations never go back.
          const newest = (at: number) => trial.host.files.get(uidAt(at))?.placement.generation ?? 1;
          const listed = listOf(isListed.map((is, at) => (is ? Math.max(3, newest(at)) : 0)));
          trial.settle(listed);
          const uids = listed.map(({ spec }) => spec.agentUid);
          const held = [...trial.host.files].map(([uid, { placement }]) => [uid, placement.generation]);
          expect(held.sort()).toEqual(
            listed.map(({ spec, generation }) => [spec.agentUid, generation]).sort(),
          );
          expect([...trial.host.keepers.keys()].sort()).toEqual(uids.sort());
          for (const { spec, generation } of listed)
            expect(trial.host.keepers.get(spec.agentUid)?.generation).toBe(generation);
          expect([...trial.host.runner.agents.keys()].sort()).toEqual(uids);
          expect(new Set(trial.answered).size).toBe(trial.answered.length);
          for (const requestId of trial.answered) expect(trial.asked.has(requestId)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
